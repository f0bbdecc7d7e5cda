use super::chain::Record;
use super::*;
use crate::fault::PlayedDisk;

const LIMITS: Limits = Limits {
    half: 64 << 10,
    group: 16 << 10,
};

/// A disk without anybody who counts.
struct Plain(PlayedDisk);

impl Files for Plain {
    fn disk(&self) -> &dyn Disk {
        &self.0
    }

    fn write(&self, file: DiskFile, offset: u64, octets: &[u8]) -> io::Result<()> {
        self.0.write(file, offset, octets)
    }

    fn set_len(&self, file: DiskFile, len: u64) -> io::Result<()> {
        self.0.set_len(file, len)
    }

    fn sync(&self, file: DiskFile) -> io::Result<()> {
        self.0.sync(file)
    }
}

impl Plain {
    /// A store of 64 pages.
    fn new() -> Self {
        let disk = PlayedDisk::new();
        disk.set_len(DiskFile::Store, 64 * HEADER).unwrap();
        disk.sync(DiskFile::Store).unwrap();
        Self(disk)
    }

    /// Writes `fill` to this page and to the header, as redb does for a group.
    fn group(&self, journal: &mut Journal, page: u64, fill: u8) -> io::Result<()> {
        self.write(DiskFile::Store, page * HEADER, &[fill; 4096])?;
        journal.wrote(page * HEADER, &[fill; 4096]);
        journal.hold(0, &[0; 8]);
        journal.prepare(self)?;
        journal.hold(0, &[fill; 8]);
        journal.sync(self)
    }

    /// The header, and the first octet of the other pages, after what the journal has was put into the store.
    fn recovered(&self) -> (u8, Vec<u8>) {
        let mut store = vec![0; 64 * 4096];
        self.0.read(DiskFile::Store, 0, &mut store).unwrap();
        if let Some(chain) = Chain::find(&self.0).unwrap() {
            let played = chain.play(|step| {
                if let Step::Write(offset, octets) = step {
                    overlay(0, &mut store, offset, octets);
                }
                Ok(())
            });
            played.unwrap();
        }
        let pages = store.chunks(4096).skip(1).map(|page| page[0]).collect();
        (store[0], pages)
    }
}

#[test]
fn groups_are_in_the_journal_before_they_are_in_the_header_of_the_store() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    for fill in 1..=3 {
        files.group(&mut journal, u64::from(fill), fill).unwrap();
    }
    let mut header = [7; 4];
    files.0.read(DiskFile::Store, 0, &mut header).unwrap();
    assert_eq!(header, [0; 4], "not before all that it refers to is synced");
    journal.show(0, &mut header);
    assert_eq!(header, [3; 4]);

    // Whatever became of what was not synced.
    for kept in [false, true] {
        let (header, pages) = Plain(files.0.crash(|| kept)).recovered();
        assert_eq!((header, &pages[..4]), (3, &[1, 2, 3, 0][..]));
    }
    journal.finish(&files).unwrap();
    files.0.read(DiskFile::Store, 0, &mut header).unwrap();
    assert_eq!(header, [3; 4]);
    assert!(Chain::find(&files.0).unwrap().unwrap().is_empty());
}

#[test]
fn a_record_counts_whole_or_not_at_all() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    files.group(&mut journal, 1, 1).unwrap();
    files.group(&mut journal, 2, 2).unwrap();
    let whole = Chain::find(&files.0).unwrap().unwrap();
    let ends: Vec<_> = whole.bodies.iter().map(|(body, _)| body.end).collect();
    // Any octet of the second: its head, its body, the first and the last of each.
    let second = ends[0].next_multiple_of(ALIGN);
    for at in [second, second + DIGEST, second + HEAD, ends[1] - 1] {
        let torn = files.0.crash(|| false);
        let mut octet = [0];
        torn.read(DiskFile::Journal, at as u64, &mut octet).unwrap();
        torn.write(DiskFile::Journal, at as u64, &[!octet[0]])
            .unwrap();
        let (header, _) = Plain(torn).recovered();
        assert_eq!(header, 1, "octet {at}");
    }
    assert_eq!(files.recovered().0, 2);
}

#[test]
fn a_record_that_says_it_is_longer_than_the_file_is_none() {
    let mut octets = vec![0; HEAD];
    octets[HEAD - 8..].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(Record::read(&octets).is_none());
    octets[HEAD - 8..].copy_from_slice(&1_u64.to_le_bytes());
    assert!(Record::read(&octets).is_none());
    assert!(Record::read(&octets[..HEAD - 1]).is_none());
}

#[test]
fn what_is_durable_stays_so_when_the_other_half_has_its_turn() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    let mut turns = 0;
    for fill in 1..=60 {
        let before = journal.place.epoch;
        files.group(&mut journal, u64::from(fill), fill).unwrap();
        turns += u32::from(journal.place.epoch != before);
        let (header, pages) = Plain(files.0.crash(|| false)).recovered();
        assert_eq!(header, fill);
        let expected = (1..=63).map(|page| if page <= fill { page } else { 0 });
        assert!(pages.into_iter().eq(expected), "after {fill}");
    }
    assert!(turns >= 4, "{turns}");
}

/// More than a record takes.
fn write_much(files: &Plain, journal: &mut Journal) {
    for page in 10..20 {
        files
            .write(DiskFile::Store, page * HEADER, &[9; 4096])
            .unwrap();
        journal.wrote(page * HEADER, &[9; 4096]);
    }
}

#[test]
fn a_large_group_is_synced_in_the_store_and_only_its_header_is_in_the_journal() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    files.group(&mut journal, 1, 1).unwrap();
    write_much(&files, &mut journal);
    journal.hold(0, &[2; 8]);
    journal.prepare(&files).unwrap();
    let (header, pages) = Plain(files.0.crash(|| false)).recovered();
    assert_eq!((header, pages[0]), (1, 1), "the group before is in force");
    journal.sync(&files).unwrap();
    let chain = Chain::find(&files.0).unwrap().unwrap();
    assert_eq!(chain.bodies.len(), 1);
    assert_eq!(chain.bodies[0].0.len(), WRITE + 8);
    let (header, pages) = Plain(files.0.crash(|| false)).recovered();
    assert_eq!((header, pages[9], pages[18]), (2, 9, 9));
}

#[test]
fn what_was_found_at_an_opening_is_not_written_over_before_there_is_something_newer() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    // A record of one block, which could survive when those behind it do not.
    journal.hold(0, &[1; 8]);
    journal.sync(&files).unwrap();
    for fill in 2..=4 {
        files.group(&mut journal, u64::from(fill), fill).unwrap();
    }

    let found = Chain::find(&files.0).unwrap().unwrap();
    found
        .play(|step| match step {
            Step::Length(_) | Step::End(_) => Ok(()),
            Step::Write(offset, octets) => files.write(DiskFile::Store, offset, octets),
        })
        .unwrap();
    files.sync(DiskFile::Store).unwrap();
    let mut journal = Journal::after(Some(&found), LIMITS);
    files.0.fail_sync_after(0);
    files.group(&mut journal, 5, 5).unwrap_err();

    // Of the record, which is two blocks, the end alone.
    let mut sectors = 0;
    let _ = files.0.crash(|| {
        sectors += 1;
        false
    });
    let mut at = 0;
    let disk = files.0.crash(|| {
        at += 1;
        at > sectors - 8
    });
    let (header, pages) = Plain(disk).recovered();
    assert_eq!((header, &pages[1..4]), (4, &[2, 3, 4][..]));
}

#[test]
fn what_was_found_is_not_written_over_by_a_large_group_either() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    // Enough for the half of the epoch before to have records, too.
    for fill in 1..=30 {
        files.group(&mut journal, u64::from(fill), fill).unwrap();
    }
    let found = Chain::find(&files.0).unwrap().unwrap();
    let mut journal = Journal::after(Some(&found), LIMITS);
    for page in 40..50 {
        files
            .write(DiskFile::Store, page * HEADER, &[9; 4096])
            .unwrap();
        journal.wrote(page * HEADER, &[9; 4096]);
    }
    // More than a disk writes as a whole.
    journal.hold(0, &[31; 1024]);
    journal.prepare(&files).unwrap();
    files.0.fail_sync_after(0);
    journal.sync(&files).unwrap_err();
    // Of its record, each sector alone, or none.
    for kept in 0..=8 {
        let mut at = 0;
        let disk = files.0.crash(|| {
            at += 1;
            at == kept
        });
        let (header, pages) = Plain(disk).recovered();
        let expected: Vec<u8> = (1..=30).collect();
        assert_eq!((header, &pages[..30]), (30, &expected[..]), "{kept}");
    }
}

#[test]
fn zeros_at_the_end_of_a_page_are_not_in_the_journal_and_in_the_store_all_the_same() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    // Something else was there.
    files.group(&mut journal, 1, 9).unwrap();
    let mut page = [0; 4096];
    page[..70].fill(3);
    page[100] = 4;
    for octets in [
        &page[..],
        &page[..99],
        &page[..70],
        &[0; 4096],
        &[0; 10],
        &[],
    ] {
        let kept = without_end(octets);
        assert!(octets[kept.len()..].iter().all(|octet| *octet == 0));
        assert!(kept.len() < 192, "{}", kept.len());
    }
    journal.wrote(HEADER, &page);
    journal.sync(&files).unwrap();
    let chain = Chain::find(&files.0).unwrap().unwrap();
    assert_eq!(chain.bodies[1].0.len(), WRITE + 128);
    let mut last = Vec::new();
    let played = chain.play(|step| {
        if let Step::Write(HEADER, octets) = step {
            last = octets.to_vec();
        }
        Ok(())
    });
    played.unwrap();
    assert!(last == page);
}

/// Turns an octet of the journal over.
fn rot(disk: &PlayedDisk, at: u64) {
    let mut octet = [0];
    disk.read(DiskFile::Journal, at, &mut octet).unwrap();
    disk.write(DiskFile::Journal, at, &[!octet[0]]).unwrap();
}

#[test]
fn a_record_that_is_lost_with_others_behind_it_is_told_and_the_last_one_is_a_torn_write() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    let mut ends = Vec::new();
    while ends.len() < 3 || journal.place.epoch < FIRST + 1 {
        if journal.place.epoch == FIRST {
            ends.push(half(FIRST) + journal.place.offset);
        }
        files.group(&mut journal, 1, 1).unwrap();
    }
    // The first group of the second epoch is there: what the first epoch has is no longer needed.
    for at in &ends {
        let disk = files.0.crash(|| false);
        rot(&disk, *at);
        assert_eq!(Chain::find(&disk).unwrap().unwrap().epoch, FIRST + 1);
    }
    for fill in 2..=4 {
        files.group(&mut journal, u64::from(fill), fill).unwrap();
    }
    let chain = Chain::find(&files.0).unwrap().unwrap();
    for (index, (body, _)) in chain.bodies.iter().enumerate() {
        let disk = files.0.crash(|| false);
        rot(&disk, half(FIRST + 1) + body.end as u64 - 1);
        let found = Chain::find(&disk);
        if index + 1 == chain.bodies.len() {
            assert_eq!(Plain(disk).recovered().0, 3);
        } else {
            let error = found.err().unwrap();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "record {index}");
            let [lost, behind] = [0, 1]
                .map(|more| half(FIRST + 1) + (chain.bodies[index + more].0.start - HEAD) as u64);
            let text = format!(
                "journal: expected a whole record of epoch {} at octet {lost}, but found none, and a later one at octet {behind}",
                FIRST + 1
            );
            assert_eq!(error.to_string(), text);
        }
    }
}

#[test]
fn a_record_in_the_place_of_another_is_none() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    for fill in 1..=3 {
        files.group(&mut journal, u64::from(fill), fill).unwrap();
    }
    let chain = Chain::find(&files.0).unwrap().unwrap();
    let starts: Vec<_> = chain
        .bodies
        .iter()
        .map(|(body, _)| body.start - HEAD)
        .collect();
    let second = &chain.octets[starts[1]..starts[2]];
    files
        .0
        .write(DiskFile::Journal, starts[2] as u64, second)
        .unwrap();
    assert_eq!(Chain::of(&chain.octets).unwrap().bodies.len(), 3);
    let mut octets = vec![0; chain.octets.len()];
    files.0.read(DiskFile::Journal, 0, &mut octets).unwrap();
    assert_eq!(Chain::of(&octets).unwrap().bodies.len(), 2);
}

#[test]
fn a_record_of_another_base_is_none_even_if_its_epoch_and_its_sequence_are_right() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    files.group(&mut journal, 1, 1).unwrap();
    // What somebody could have left in a page, who knows everything but the header that the epoch began with.
    let mut record = vec![0; HEAD];
    for (at, number) in [FIRST, 1, 64 * HEADER, 0].into_iter().enumerate() {
        record[2 * DIGEST + at * 8..][..8].copy_from_slice(&number.to_le_bytes());
    }
    for base in [[0; DIGEST], journal.base] {
        record[DIGEST..2 * DIGEST].copy_from_slice(&base);
        let digest = digest(&record[DIGEST..]);
        record[..DIGEST].copy_from_slice(&digest);
        let at = half(FIRST) + journal.place.offset;
        files.write(DiskFile::Journal, at, &record).unwrap();
        let found = Chain::find(&files.0).unwrap().unwrap();
        assert_eq!(found.bodies.len() == 2, base == journal.base);
        // Farther behind, it is no proof that one was lost.
        files.write(DiskFile::Journal, at, &[0; HEAD]).unwrap();
        files.write(DiskFile::Journal, at + 4096, &record).unwrap();
        assert_eq!(Chain::find(&files.0).is_ok(), base != journal.base);
        files
            .write(DiskFile::Journal, at + 4096, &[0; HEAD])
            .unwrap();
    }
}

#[test]
fn a_large_part_of_a_group_is_not_lost_when_it_is_synced_before_its_end() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    files.group(&mut journal, 1, 1).unwrap();
    write_much(&files, &mut journal);
    // As redb does when its file grows.
    journal.sync(&files).unwrap();
    files.group(&mut journal, 2, 2).unwrap();
    let (header, pages) = Plain(files.0.crash(|| false)).recovered();
    assert_eq!((header, &pages[9..19]), (2, &[9; 10][..]));
}

#[test]
fn what_a_group_that_was_given_up_wrote_behind_the_end_of_the_file_does_not_come_back() {
    let files = Plain::new();
    let mut journal = Journal::after(None, LIMITS);
    files.set_len(DiskFile::Store, 80 * HEADER).unwrap();
    files
        .write(DiskFile::Store, 70 * HEADER, &[7; 4096])
        .unwrap();
    journal.wrote(70 * HEADER, &[7; 4096]);
    journal.cut();
    files.set_len(DiskFile::Store, 64 * HEADER).unwrap();
    files.group(&mut journal, 1, 1).unwrap();
    let disk = files.0.crash(|| false);
    let chain = Chain::find(&disk).unwrap().unwrap();
    let played = chain.play(|step| match step {
        Step::Length(length) | Step::End(length) => {
            assert_eq!(length, 64 * HEADER);
            Ok(())
        }
        Step::Write(offset, octets) => disk.write(DiskFile::Store, offset, octets),
    });
    played.unwrap();
    assert_eq!(Plain(disk).recovered().1[0], 1);
}
