//! Counting instructions: this program runs itself under valgrind's callgrind and reads what that wrote.
//!
//! Counts repeat from run to run, which times do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use envoy_benches_peers::Operation;

use crate::case::{CASES, Case};
use crate::timing::Work;

/// The function whose instructions are counted, as callgrind names it.
const MEASURED: &str = "envoy_benches::callgrind::measured";
/// Once, and then this often more: the difference is free of what surrounds the operation.
const REPETITIONS: u64 = 10;
/// What hands out memory, whoever asks for it.
const ALLOCATORS: &[&str] = &[
    "aligned_alloc",
    "calloc",
    "malloc",
    "posix_memalign",
    "realloc",
];
/// The functions that keep the memory budget, in our library.
const BUDGET: [&str; 4] = ["budget", "set_budget", "lift_budget", "spend"];
/// glibc copies in another way on another processor. These choose the one way that all of x86-64 has.
const TUNABLES: &str =
    "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-AVX2_Usable,-Prefer_ERMS,-Prefer_FSRM";

/// What an operation on a message costs, once it is warm.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions.
    pub instructions: u64,
    /// Of these, those that keep the memory budget. Only known of operations of ours.
    pub budget: u64,
    /// Calls of the allocator.
    pub allocations: u64,
    /// Reference counts of `Bytes` that went up.
    pub shared: u64,
    /// Reference counts of `Bytes` that went down.
    pub released: u64,
}

/// The costs of all operations of a message.
pub type Costs = BTreeMap<Operation, Cost>;

/// Does every operation, for callgrind to watch. Says on standard output which.
///
/// # Errors
/// If a codec does not do what the others do.
pub fn be_watched(wanted: impl Fn(&Case) -> bool) -> Result<()> {
    for (number, case) in CASES.iter().enumerate().filter(|(_, case)| wanted(case)) {
        for task in &mut case.counted_tasks()? {
            watch(
                &mut task.run,
                &format!("{number} {}", task.operation.name()),
            );
        }
    }
    Ok(())
}

/// Runs a loop for callgrind to watch. Says on standard output what it is.
pub fn watch(work: &mut Work, name: &str) {
    work(3);
    for times in [1, 1 + REPETITIONS] {
        measured(work, times);
        println!("{name}");
    }
}

/// Callgrind counts while this runs, and writes a file when it returns.
#[inline(never)]
fn measured(work: &mut Work, times: u64) {
    work(times);
    // A call at the very end could become a jump, of which there is no return to be seen.
    black_box(());
}

/// Counts the instructions of every operation, by running `program` with `arguments`, which calls [`be_watched`].
///
/// # Errors
/// If there is no valgrind, or the program does not run.
pub fn count(program: &Path, arguments: &[String]) -> Result<Vec<(&'static Case, Costs)>> {
    let profiles = profiles(program, arguments)?;
    let addresses = profiles
        .iter()
        .flat_map(|(_, profile)| profile.ours.keys().copied());
    let addresses = addresses.collect();
    let mut budget = BTreeSet::new();
    for function in BUDGET {
        budget.extend(addresses_in(function, program, &addresses)?);
    }

    let mut found: Vec<(&Case, Costs)> = Vec::new();
    for (line, profile) in profiles {
        let (number, name) = line
            .split_once(' ')
            .context("expected a number and a name")?;
        let case = CASES
            .get(number.parse::<usize>()?)
            .context("expected a message")?;
        let operation = Operation::named(name).context("expected an operation")?;
        if found.last().is_none_or(|(last, _)| last.name != case.name) {
            found.push((case, Costs::new()));
        }
        if let Some((_, costs)) = found.last_mut() {
            costs.insert(operation, profile.cost(&budget));
        }
    }
    ensure!(
        !budget.is_empty(),
        "expected instructions of one of {BUDGET:?}, which keep the memory budget, but found none"
    );
    Ok(found)
}

/// Counts what each loop costs that `program` with `arguments` gives to [`watch`], in that order. Nothing is known of the
/// memory budget.
///
/// # Errors
/// If there is no valgrind, or the program does not run.
pub fn count_watched(program: &Path, arguments: &[String]) -> Result<Vec<(String, Cost)>> {
    let profiles = profiles(program, arguments)?.into_iter();
    let costs = profiles.map(|(name, profile)| (name, profile.cost(&BTreeSet::new())));
    Ok(costs.collect())
}

/// What callgrind writes of each loop, but for what surrounds it.
fn profiles(program: &Path, arguments: &[String]) -> Result<Vec<(String, Profile)>> {
    let folder = Folder::new()?;
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--toggle-collect={MEASURED}"))
        .arg(format!("--dump-after={MEASURED}"))
        .args([
            "--dump-instr=yes",
            "--compress-strings=no",
            "--compress-pos=no",
        ])
        .arg(format!("--callgrind-out-file={}", folder.part(0).display()))
        .arg(program)
        .args(arguments)
        // The environment lies on the stack, so its size moves what is above it.
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GLIBC_TUNABLES", TUNABLES)
        .stderr(Stdio::piped())
        .output()
        .context("cannot start valgrind (the package `valgrind` of most distributions)")?;
    ensure!(
        output.status.success(),
        "valgrind failed: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8(output.stdout)?;
    let said: Vec<_> = said.lines().collect();

    let mut profiles = Vec::new();
    for (at, lines) in said.chunks_exact(2).enumerate() {
        let once = Profile::read(&folder.part(2 * at + 1), program)?;
        let more = Profile::read(&folder.part(2 * at + 2), program)?;
        profiles.push((lines[0].to_owned(), more.without(&once)));
    }
    Ok(profiles)
}

/// What callgrind wrote of one call of [`measured`].
#[derive(Default)]
struct Profile {
    total: u64,
    /// Instructions at addresses of our program.
    ours: BTreeMap<u64, u64>,
    /// Calls of functions, by their names.
    calls: BTreeMap<String, u64>,
}

impl Profile {
    fn read(path: &Path, program: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        Self::parse(BufReader::new(file).lines(), &program.display().to_string())
    }

    fn parse(lines: impl Iterator<Item = std::io::Result<String>>, program: &str) -> Result<Self> {
        let mut profile = Self::default();
        let (mut in_program, mut callee, mut is_call) = (false, String::new(), false);
        for line in lines {
            let line = line?;
            if let Some(object) = line.strip_prefix("ob=") {
                in_program = object == program;
            } else if let Some(name) = line.strip_prefix("cfn=") {
                name.clone_into(&mut callee);
            } else if let Some(calls) = line.strip_prefix("calls=") {
                let times: u64 = first_word(calls).parse()?;
                *profile.calls.entry(callee.clone()).or_default() += times;
                is_call = true;
            } else if let Some(total) = line.strip_prefix("totals: ") {
                profile.total = total.trim().parse()?;
            } else if let Some(position) = line.strip_prefix("0x") {
                // Behind a call stands what the callee cost, which is counted there.
                if !std::mem::take(&mut is_call) && in_program {
                    let address = u64::from_str_radix(first_word(position), 16)?;
                    let cost: u64 = position.rsplit(' ').next().unwrap_or_default().parse()?;
                    *profile.ours.entry(address).or_default() += cost;
                }
            }
        }
        Ok(profile)
    }

    fn without(mut self, other: &Self) -> Self {
        self.total -= other.total.min(self.total);
        for (address, count) in &mut self.ours {
            *count -= other.ours.get(address).copied().unwrap_or(0).min(*count);
        }
        for (name, count) in &mut self.calls {
            *count -= other.calls.get(name).copied().unwrap_or(0).min(*count);
        }
        self
    }

    fn cost(&self, budget: &BTreeSet<u64>) -> Cost {
        let calls = |wanted: &dyn Fn(&str) -> bool| {
            let calls = self.calls.iter().filter(|(name, _)| wanted(name));
            each(calls.map(|(_, count)| count).sum())
        };
        let of_bytes = |name: &str, what: &str| name.starts_with("bytes::") && name.ends_with(what);
        let kept = self
            .ours
            .iter()
            .filter(|(address, _)| budget.contains(address));
        Cost {
            instructions: each(self.total),
            budget: each(kept.map(|(_, count)| count).sum()),
            allocations: calls(&|name| ALLOCATORS.contains(&name)),
            shared: calls(&|name| of_bytes(name, "_clone")),
            released: calls(&|name| of_bytes(name, "_drop")),
        }
    }
}

/// Of all repetitions together, what one costs.
fn each(sum: u64) -> u64 {
    (sum + REPETITIONS / 2) / REPETITIONS
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// The addresses whose instructions belong to a function of this name, inlined or not.
fn addresses_in(function: &str, program: &Path, all: &BTreeSet<u64>) -> Result<BTreeSet<u64>> {
    let mut child = Command::new("addr2line")
        .args([
            "--addresses",
            "--inlines",
            "--functions",
            "--demangle",
            "--exe",
        ])
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start addr2line (of binutils)")?;
    let mut stdin = child.stdin.take().context("a pipe was asked for")?;
    let mut addresses = String::new();
    for address in all {
        let _ = writeln!(addresses, "{address:#x}");
    }
    // Both pipes can fill up.
    let writer = std::thread::spawn(move || stdin.write_all(addresses.as_bytes()));
    let output = child.wait_with_output()?;
    writer
        .join()
        .ok()
        .context("the addresses were not written")??;
    ensure!(
        output.status.success(),
        "addr2line failed: {}",
        output.status
    );

    let mut found = BTreeSet::new();
    let mut address = None;
    for line in String::from_utf8(output.stdout)?.lines() {
        if let Some(hexadecimal) = line.strip_prefix("0x") {
            address = Some(u64::from_str_radix(hexadecimal, 16)?);
        } else if is_function(line, function) {
            found.extend(address);
        }
    }
    Ok(found)
}

/// Whether a line of addr2line names this function: with its path or without, generic or not.
fn is_function(line: &str, function: &str) -> bool {
    let name = line
        .split('<')
        .next()
        .unwrap_or_default()
        .trim_end_matches("::");
    name.rsplit("::").next() == Some(function)
}

/// A folder for callgrind's files, gone when this is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("envoy-instructions-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The name given to callgrind, or that of a part, counted from 1.
    fn part(&self, number: usize) -> PathBuf {
        match number {
            0 => self.0.join("profile"),
            part => self.0.join(format!("profile.{part}")),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies where temporary files do.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
version: 1
events: Ir

ob=/bin/program
fl=/src/lib.rs
fn=envoy_benches::callgrind::measured
0x1000 10 20
cob=/lib/libc.so
cfn=malloc
calls=30 0x5 0
0x1004 11 999
fi=/src/inlined.rs
0x1008 12 40
cfn=bytes::bytes::shared_clone
calls=10 0x2000 0
0x100c 13 999

ob=/lib/libc.so
fn=malloc
0x5 0 999

totals: 3057
";

    fn profile() -> Profile {
        let lines = PROFILE.lines().map(|line| Ok(line.to_owned()));
        Profile::parse(lines, "/bin/program").expect("it is as callgrind writes it")
    }

    #[test]
    fn counts_a_call_where_it_is_made_and_its_cost_where_it_goes() {
        let profile = profile();
        assert_eq!(profile.ours, BTreeMap::from([(0x1000, 20), (0x1008, 40)]));
        let cost = profile.cost(&BTreeSet::from([0x1008, 0x5]));
        let expected = Cost {
            instructions: 306,
            budget: 4,
            allocations: 3,
            shared: 1,
            released: 0,
        };
        assert_eq!(cost, expected);
    }

    #[test]
    fn what_surrounds_an_operation_is_taken_off() {
        let difference = profile().without(&profile());
        assert_eq!(difference.cost(&BTreeSet::new()), Cost::default());
    }

    #[test]
    fn knows_a_function_however_it_is_written() {
        for line in [
            "charge",
            "bare::reader::Input::charge",
            "charge<u32>",
            "a::charge::<u8>",
        ] {
            assert!(is_function(line, "charge"), "{line}");
        }
        for line in ["recharge", "charge::inner", "/src/charge.rs:12", "??"] {
            assert!(!is_function(line, "charge"), "{line}");
        }
    }
}
