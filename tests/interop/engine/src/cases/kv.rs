//! The key-value store of an actor.

use anyhow::{Result, bail};
use envoy_protocol::latest::{
    KvDeleteRangeRequest, KvDeleteRequest, KvGetRequest, KvListPrefixQuery, KvListQuery,
    KvListRangeQuery, KvListRequest, KvPutRequest, KvRequestData, KvResponseData,
};

use crate::case::Context;
use crate::check::{contains, now_ms, same};
use crate::host::{Actor, Host};

/// Keys per request.
const MOST_KEYS: usize = 128;

/// What was put is got, with the time and the engine's version, in the order asked for.
pub(super) async fn put_and_get(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut store = Store::new(&mut host, &actor);
    let before = now_ms()?;
    store
        .put(&[(b"b", b"2"), (b"a", b""), (b"\0\xff", &[7; 5000])])
        .await?;
    let got = store
        .ask(KvRequestData::KvGetRequest(KvGetRequest {
            keys: keys(&[b"\0\xff", b"missing", b"a", b"b"]),
        }))
        .await?;
    let KvResponseData::KvGetResponse(got) = got else {
        bail!("expected values, but found {got:?}");
    };
    // A missing key is left out, so the answer is shorter than the question.
    same("keys", &got.keys, &keys(&[b"\0\xff", b"a", b"b"]))?;
    same("values", &got.values, &keys(&[&[7; 5000], b"", b"2"]))?;
    for metadata in &got.metadata {
        same(
            "version",
            &metadata.version,
            context.program.kind.version().as_bytes(),
        )?;
        let age = metadata.update_ts - before;
        same(
            "whether it was just written",
            &(0..10_000).contains(&age),
            &true,
        )?;
    }
    same("metadata", &got.metadata.len(), &3)?;
    let shown = context.api.kv(&actor.id, "Yg==").await?;
    same("value in the API", &shown["value"], "Mg==")?;
    store.put(&[(b"b", b"3")]).await?;
    same("overwritten", &store.get(b"b").await?, &keys(&[b"3"]))?;
    store.put(&[]).await?;
    same(
        "nothing asked for",
        &store
            .all_of(KvListQuery::KvListPrefixQuery(prefix(b"none")))
            .await?,
        &keys(&[]),
    )?;
    Ok(format!(
        "found keys only, in the order asked for, metadata {}; the API shows them",
        context.program.kind.version()
    ))
}

/// Lists are sorted; a range ends with its end unless it is exclusive.
pub(super) async fn list(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut store = Store::new(&mut host, &actor);
    store
        .put(&[(b"c", b"3"), (b"a1", b"1"), (b"d", b"4"), (b"a2", b"2")])
        .await?;
    let range = |exclusive| {
        KvListQuery::KvListRangeQuery(KvListRangeQuery {
            start: b"a2".to_vec(),
            end: b"d".to_vec(),
            exclusive,
        })
    };
    let all = || KvListQuery::KvListAllQuery;
    same(
        "all",
        &store.all_of(all()).await?,
        &keys(&[b"a1", b"a2", b"c", b"d"]),
    )?;
    same(
        "prefix",
        &store
            .all_of(KvListQuery::KvListPrefixQuery(prefix(b"a")))
            .await?,
        &keys(&[b"a1", b"a2"]),
    )?;
    same(
        "range",
        &store.all_of(range(false)).await?,
        &keys(&[b"a2", b"c", b"d"]),
    )?;
    same(
        "exclusive range",
        &store.all_of(range(true)).await?,
        &keys(&[b"a2", b"c"]),
    )?;
    same(
        "the last two",
        &store.list(all(), Some(true), Some(2)).await?,
        &keys(&[b"d", b"c"]),
    )?;
    same(
        "none",
        &store.list(all(), Some(false), Some(0)).await?,
        &keys(&[]),
    )?;
    Ok("all, prefix, range with and without its end, reverse with limit, limit 0".to_owned())
}

/// Deleted keys are gone, missing ones are no error; a range is half open; a drop takes everything.
pub(super) async fn delete(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut store = Store::new(&mut host, &actor);
    store
        .put(&[
            (b"a", b""),
            (b"b", b""),
            (b"c", b""),
            (b"d", b""),
            (b"e", b""),
        ])
        .await?;
    let deleted = store
        .ask(KvRequestData::KvDeleteRequest(KvDeleteRequest {
            keys: keys(&[b"a", b"missing"]),
        }))
        .await?;
    same(
        "answer to delete",
        &deleted,
        &KvResponseData::KvDeleteResponse,
    )?;
    let deleted = store
        .ask(KvRequestData::KvDeleteRangeRequest(KvDeleteRangeRequest {
            start: b"b".to_vec(),
            end: b"d".to_vec(),
        }))
        .await?;
    same(
        "answer to a range",
        &deleted,
        &KvResponseData::KvDeleteResponse,
    )?;
    same(
        "left",
        &store.all_of(KvListQuery::KvListAllQuery).await?,
        &keys(&[b"d", b"e"]),
    )?;
    let dropped = store.ask(KvRequestData::KvDropRequest).await?;
    same("answer to drop", &dropped, &KvResponseData::KvDropResponse)?;
    same(
        "left",
        &store.all_of(KvListQuery::KvListAllQuery).await?,
        &keys(&[]),
    )?;
    Ok("keys, [start, end), everything; a range is answered as delete".to_owned())
}

/// What breaks a rule is an answer, and the connection lives on.
pub(super) async fn errors(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut store = Store::new(&mut host, &actor);
    let many: Vec<Vec<u8>> = (0..=MOST_KEYS)
        .map(|key| key.to_be_bytes().to_vec())
        .collect();
    let message = store
        .refused(KvRequestData::KvGetRequest(KvGetRequest { keys: many }))
        .await?;
    contains(
        "too many keys",
        &message,
        "a maximum of 128 keys is allowed",
    )?;
    let tuple = "a real engine counts what its encoding adds to a key";
    let long_key = context.differs(tuple, 2048, 2049);
    let told = "a put that is too large is told which limit, and what was found";
    for (key, value, limit) in [
        (long_key, 1, "a key of at most 2048 octets"),
        (1, (128 << 10) + 1, "a value of at most 131072 octets"),
    ] {
        let put = KvPutRequest {
            keys: vec![vec![1; key]],
            values: vec![vec![2; value]],
        };
        let message = store.refused(KvRequestData::KvPutRequest(put)).await?;
        let expected = context.differs(told, "transaction failed", limit);
        contains("too large", &message, expected)?;
    }
    let largest = KvPutRequest {
        keys: keys(&[b"a", b"b"]),
        values: vec![b"1".to_vec(), vec![0; 128 << 10]],
    };
    let put = store.ask(KvRequestData::KvPutRequest(largest)).await?;
    same("largest value", &put, &KvResponseData::KvPutResponse)?;
    let answer = host.kv("not-an-id", KvRequestData::KvDropRequest).await?;
    let KvResponseData::KvErrorResponse(error) = answer else {
        bail!("expected an error, but found {answer:?}");
    };
    let expected = context.differs(
        "an actor id that is none is one that does not exist",
        "invalid base36 character",
        "actor does not exist",
    );
    contains("bad actor", &error.message, expected)?;
    Ok(format!(
        "129 keys, a key of {long_key} octets, a value of 128 KiB + 1 and a bad actor are answers"
    ))
}

/// A put takes as much as it may, and no more.
pub(super) async fn limits(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut store = Store::new(&mut host, &actor);
    let put = |count: usize, size: usize| {
        KvRequestData::KvPutRequest(KvPutRequest {
            keys: (0..count)
                .map(|key| vec![1, key.to_le_bytes()[0]])
                .collect(),
            values: vec![vec![3; size]; count],
        })
    };
    let most = store.ask(put(MOST_KEYS, 1)).await?;
    same("128 keys", &most, &KvResponseData::KvPutResponse)?;
    store.refused(put(MOST_KEYS + 1, 1)).await?;
    // 976 KiB in all.
    let large = store.ask(put(7, 128 << 10)).await?;
    same("896 KiB", &large, &KvResponseData::KvPutResponse)?;
    store.refused(put(8, 128 << 10)).await?;
    let delete = KvDeleteRequest {
        keys: vec![b"k".to_vec(); MOST_KEYS + 1],
    };
    let delete = KvRequestData::KvDeleteRequest(delete);
    store.refused(delete).await?;
    Ok("128 keys and 896 KiB taken, 129 keys, 1 MiB, a delete of 129 keys refused".to_owned())
}

/// A value that is written again is newer, and is the only one.
pub(super) async fn written_again(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let mut store = Store::new(&mut host, &actor);
    let mut times = Vec::new();
    for value in [&b"1"[..], b"2", b""] {
        store.put(&[(b"k", value)]).await?;
        let get = KvGetRequest {
            keys: keys(&[b"k", b"k"]),
        };
        let KvResponseData::KvGetResponse(got) =
            store.ask(KvRequestData::KvGetRequest(get)).await?
        else {
            bail!("expected values");
        };
        // A key that is asked for twice is answered once or twice, and with the same.
        same(
            "value",
            &got.values.iter().all(|found| found == value),
            &true,
        )?;
        times.push(
            got.metadata
                .first()
                .map_or(0, |metadata| metadata.update_ts),
        );
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    same(
        "whether each is newer",
        &times.is_sorted_by(|a, b| a < b),
        &true,
    )?;
    // The next generation has it, too.
    host.crashed(&actor, "enough")?;
    context
        .api
        .actor_with(&actor.id, "sleep_ts", crate::api::PATIENCE)
        .await?;
    let (next, _) = super::lifecycle::wake(&context, &mut host, &actor).await?;
    let kept = Store::new(&mut host, &next).get(b"k").await?;
    same("value in the next generation", &kept, &keys(&[b""]))?;
    Ok("three values of one key, each newer; the next generation has the last".to_owned())
}

/// A host asks for the store of an actor that runs on another.
pub(super) async fn of_another(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    Store::new(&mut host, &actor).put(&[(b"k", b"v")]).await?;
    let mut elsewhere = context.clone();
    elsewhere.pool.push_str("-elsewhere");
    elsewhere.api.make_pool(&elsewhere.pool).await?;
    let mut other = elsewhere.host().await?;
    let mut store = Store::new(&mut other, &actor);
    if !context.is_gateway("a store is for the host that the actor was allocated to") {
        same("value", &store.get(b"k").await?, &keys(&[b"v"]))?;
        return Ok("any host of the namespace has it".to_owned());
    }
    let get = KvGetRequest {
        keys: keys(&[b"k"]),
    };
    let message = store.refused(KvRequestData::KvGetRequest(get)).await?;
    contains("message", &message, "actor does not exist")?;
    let put = KvPutRequest {
        keys: keys(&[b"k"]),
        values: keys(&[b"theirs"]),
    };
    store.refused(KvRequestData::KvPutRequest(put)).await?;
    let kept = Store::new(&mut host, &actor).get(b"k").await?;
    same("value", &kept, &keys(&[b"v"]))?;
    Ok(format!("read and write refused: {message}"))
}

/// An actor's store, asked through its host.
struct Store<'a> {
    host: &'a mut Host,
    actor: &'a Actor,
}

impl<'a> Store<'a> {
    fn new(host: &'a mut Host, actor: &'a Actor) -> Self {
        Self { host, actor }
    }

    async fn ask(&mut self, data: KvRequestData) -> Result<KvResponseData> {
        self.host.kv(&self.actor.id, data).await
    }

    async fn put(&mut self, entries: &[(&[u8], &[u8])]) -> Result<()> {
        let put = KvPutRequest {
            keys: entries.iter().map(|(key, _)| key.to_vec()).collect(),
            values: entries.iter().map(|(_, value)| value.to_vec()).collect(),
        };
        let answer = self.ask(KvRequestData::KvPutRequest(put)).await?;
        same("answer to put", &answer, &KvResponseData::KvPutResponse)
    }

    async fn get(&mut self, key: &[u8]) -> Result<Vec<Vec<u8>>> {
        let get = KvGetRequest { keys: keys(&[key]) };
        match self.ask(KvRequestData::KvGetRequest(get)).await? {
            KvResponseData::KvGetResponse(got) => Ok(got.values),
            other => bail!("expected values, but found {other:?}"),
        }
    }

    /// The keys that a query finds.
    async fn all_of(&mut self, query: KvListQuery) -> Result<Vec<Vec<u8>>> {
        self.list(query, None, None).await
    }

    async fn list(
        &mut self,
        query: KvListQuery,
        reverse: Option<bool>,
        limit: Option<u64>,
    ) -> Result<Vec<Vec<u8>>> {
        let list = KvListRequest {
            query,
            reverse,
            limit,
        };
        match self.ask(KvRequestData::KvListRequest(list)).await? {
            KvResponseData::KvListResponse(list) => Ok(list.keys),
            other => bail!("expected a list, but found {other:?}"),
        }
    }

    async fn refused(&mut self, data: KvRequestData) -> Result<String> {
        match self.ask(data).await? {
            KvResponseData::KvErrorResponse(error) => Ok(error.message),
            other => bail!("expected an error, but found {other:?}"),
        }
    }
}

fn keys(keys: &[&[u8]]) -> Vec<Vec<u8>> {
    keys.iter().map(|key| key.to_vec()).collect()
}

fn prefix(key: &[u8]) -> KvListPrefixQuery {
    KvListPrefixQuery { key: key.to_vec() }
}
