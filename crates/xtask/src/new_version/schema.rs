//! A made-up version 6: version 5, and of each kind of change that converters have to handle one.

use anyhow::{Result, ensure};

/// What is changed in v5, in order: the text that stands there exactly once, and what replaces it.
const CHANGES: [(&str, &str); 6] = [
    // The page store says how to check a page: a new field in a struct that stands in a list.
    (
        "type SqliteFetchedPage struct {\n",
        "type SqliteFetchedPage struct {\n  # The page's CRC-64. None where the server keeps no checksums.\n  checksum: optional<u64>\n",
    ),
    // A host says that its memory runs out, and the server asks it to slow down: a new variant in both directions.
    (
        "# A root: everything that a host sends to the server",
        "# The host's memory runs out: the server should place no more actors on it. Sent by a host.\n\
         type ToRivetMemoryPressure struct {\n  # Octets in use.\n  used: u64\n  # Octets there are.\n  limit: u64\n}\n\n\
         # A root: everything that a host sends to the server",
    ),
    (
        "  ToRivetSqliteExecuteRequest\n}",
        "  ToRivetSqliteExecuteRequest |\n  ToRivetMemoryPressure\n}",
    ),
    (
        "# A root: everything that the server sends to a host",
        "# Asks the host to send nothing but answers until a time. Sent by the server.\n\
         type ToEnvoyPause struct {\n  # Milliseconds since the Unix epoch.\n  untilTs: i64\n}\n\n\
         # A root: everything that the server sends to a host",
    ),
    (
        "  ToEnvoySqliteExecuteResponse\n}",
        "  ToEnvoySqliteExecuteResponse |\n  ToEnvoyPause\n}",
    ),
    (
        "# Envoy protocol, version 5,",
        "# Envoy protocol, version 6,",
    ),
];

/// The schema of v6, made from that of v5.
pub(super) fn derive(v5: &str) -> Result<String> {
    let mut schema = v5.to_owned();
    for (old, new) in CHANGES {
        let found = schema.matches(old).count();
        ensure!(
            found == 1,
            "expected `{}` once in the schema, but found it {found} times",
            old.trim()
        );
        schema = schema.replacen(old, new, 1);
    }
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_both_roots_and_a_struct_in_a_list() {
        let v5 = std::fs::read_to_string(crate::workspace::root().join("protocol/v5.bare"))
            .expect("v5 is in the checkout");
        let v6 = derive(&v5).expect("v5 has what v6 changes");
        for added in [
            "checksum: optional<u64>",
            "  ToRivetMemoryPressure\n}",
            "  ToEnvoyPause\n}",
        ] {
            assert!(v6.contains(added) && !v5.contains(added), "{added}");
        }
        assert!(v5.contains("list<SqliteFetchedPage>"));
    }

    #[test]
    fn refuses_a_schema_that_is_not_v5() {
        assert!(derive("type A str").is_err());
    }
}
