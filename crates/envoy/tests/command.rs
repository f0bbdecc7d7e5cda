//! The command as its users call it.

mod support;

use support::{FRAMES, envoy, run, scratch_file, success};

/// A ping of the server, in which v4 and v5 do not differ.
const PING: &str = "05f3707afba1010000";
const PING_JSON: &str = r#"{"tag":"ToEnvoyPing","val":{"ts":1795220467955}}"#;
/// An error of the page store: v5 has its group and code.
const ERROR_V5: &str = "060700000001 0673716c697465 0f696e76616c69645f72657175657374 026e6f";
/// The same message at v4, which has the text only.
const ERROR_V4: &str = "060700000001026e6f";
/// What v4 becomes at v5 when there is no group and code to be had.
const ERROR_UPGRADED: &str = "06070000000104636f72650e696e7465726e616c5f6572726f72026e6f";

const TO_ENVOY_5: [&str; 4] = ["--root", "ToEnvoy", "--version", "5"];

fn octets(hex: &str) -> Vec<u8> {
    envoy_cli::hex::decode(hex.as_bytes()).unwrap()
}

#[test]
fn decode_prints_one_frame_over_several_lines() {
    let printed = success(&run(
        &[&["decode"], &TO_ENVOY_5[..]].concat(),
        &octets(PING),
    ));
    assert_eq!(
        printed,
        "{\n  \"tag\": \"ToEnvoyPing\",\n  \"val\": {\n    \"ts\": 1795220467955\n  }\n}\n"
    );
}

#[test]
fn decode_reads_a_file() {
    let file = scratch_file("decode_reads_a_file", &octets(PING));
    let printed = success(&run(
        &[
            "decode",
            "--root",
            "ToEnvoy",
            "--version",
            "v5",
            file.to_str().unwrap(),
        ],
        b"",
    ));
    assert!(printed.contains("ToEnvoyPing"), "{printed}");
}

#[test]
fn encode_is_the_inverse_of_decode() {
    let output = run(
        &[&["encode"], &TO_ENVOY_5[..]].concat(),
        PING_JSON.as_bytes(),
    );
    assert_eq!(
        (output.status.code(), output.stdout),
        (Some(0), octets(PING))
    );

    let json = success(&run(
        &["decode", "--hex", "--root", "ToEnvoy", "--version", "5"],
        ERROR_V5.as_bytes(),
    ));
    let hex = success(&run(
        &["encode", "--hex", "--root", "ToEnvoy", "--version", "5"],
        json.as_bytes(),
    ));
    assert_eq!(hex, format!("{}\n", ERROR_V5.replace(' ', "")));
}

#[test]
fn every_line_in_gets_one_line_out_in_order() {
    let input = format!("{PING}\n\nxyz\n{PING}00\r\n{}\n05f3", PING.to_uppercase());
    let output = run(
        &["decode", "--hex", "--root", "ToEnvoy", "--version", "5"],
        input.as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            PING_JSON,
            "error: octet 0, ToEnvoy: expected 1 more octet, but found 0",
            "error: expected a hexadecimal digit, but found 'x' in column 1",
            "error: octet 9, ToEnvoy: expected the end of the message, but found 1 more octet",
            PING_JSON,
            "error: octet 1, ToEnvoy.ToEnvoyPing.ts: expected 8 more octets, but found 1",
        ]
    );
}

#[test]
fn encode_answers_every_line_too() {
    let input = format!(
        "{PING_JSON}\n\n{{\"tag\":\"ToEnvoyPing\",\"val\":{{}}}}\n{{\"tag\":1,\"tag\":2}}\n[\n"
    );
    let output = run(
        &["encode", "--hex", "--root", "ToEnvoy", "--version", "5"],
        input.as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines[0], PING);
    assert!(
        lines[1].starts_with("error: $: expected JSON, but found a mistake in line 1, column 0"),
        "{printed}"
    );
    assert_eq!(
        lines[2],
        "error: $.val: expected the field \"ts\" of ToEnvoyPing, but found an empty object"
    );
    assert_eq!(
        lines[3],
        "error: $: expected each name of the object once, but found \"tag\" again in line 1, column 14"
    );
    assert!(
        lines[4].starts_with("error: $[0]: expected JSON"),
        "{printed}"
    );
    assert_eq!(lines.len(), 5);
}

#[test]
fn convert_brings_a_frame_to_another_version() {
    let convert = |from, to, input: &str| {
        success(&run(
            &[
                "convert", "--root", "ToEnvoy", "--from", from, "--to", to, "--hex",
            ],
            input.as_bytes(),
        ))
    };
    assert_eq!(convert("5", "4", ERROR_V5), format!("{ERROR_V4}\n"));
    assert_eq!(convert("4", "5", ERROR_V4), format!("{ERROR_UPGRADED}\n"));
    assert_eq!(
        convert("v5", "v5", ERROR_V5),
        format!("{}\n", ERROR_V5.replace(' ', ""))
    );

    let output = run(
        &["convert", "--root", "ToEnvoy", "--from", "5", "--to", "4"],
        &octets(ERROR_V5),
    );
    assert_eq!(
        (output.status.code(), output.stdout),
        (Some(0), octets(ERROR_V4))
    );
}

#[test]
fn convert_says_what_is_wrong_with_a_line_and_goes_on() {
    let input = format!("{ERROR_V4}\n{ERROR_V5}\n0\n{PING}\n");
    for to in ["4", "5"] {
        let output = run(
            &[
                "convert", "--root", "ToEnvoy", "--from", "5", "--to", to, "--hex",
            ],
            input.as_bytes(),
        );
        assert_eq!(output.status.code(), Some(1));
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = printed.lines().collect();
        assert_eq!(lines.len(), 4, "{printed}");
        assert!(lines[0].starts_with("error: "), "{printed}");
        assert!(
            lines[0].contains("octet 9, ToEnvoy.ToEnvoySqliteGetPagesResponse.data.code"),
            "{printed}"
        );
        assert!(
            lines[2].starts_with("error: expected two hexadecimal digits"),
            "{printed}"
        );
        assert_eq!(lines[3], PING);
    }
}

#[test]
fn a_frame_that_fails_is_an_error_with_octet_and_path() {
    for command in [
        &["decode", "--root", "ToEnvoy", "--version", "5"][..],
        &["convert", "--root", "ToEnvoy", "--from", "5", "--to", "4"],
    ] {
        let output = run(command, &octets("05f3"));
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with("error: "), "{error}");
        assert!(error.contains("octet 1, ToEnvoy.ToEnvoyPing.ts"), "{error}");
        assert!(
            error.contains("expected 8 more octets, but found 1"),
            "{error}"
        );
    }
}

#[test]
fn says_when_the_frame_is_hexadecimal_digits() {
    let output = run(
        &["decode", "--root", "ToEnvoy", "--version", "5"],
        PING.as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("add --hex"), "{error}");
}

#[test]
fn auto_names_every_root_and_version_that_fits() {
    let decode = |arguments: &[&str], hex: &str| {
        let printed = success(&run(
            &[&["decode", "--hex"], arguments].concat(),
            hex.as_bytes(),
        ));
        serde_json::from_str::<serde_json::Value>(&printed).unwrap()
    };
    let fits = |json: &serde_json::Value| {
        json["readings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reading| {
                format!(
                    "{} {}",
                    reading["root"].as_str().unwrap(),
                    reading["versions"]
                )
            })
            .collect::<Vec<_>>()
    };
    let json = decode(&[], PING);
    assert_eq!(fits(&json), ["ToEnvoy [4,5]"]);
    assert_eq!(json["readings"][0]["message"].to_string(), PING_JSON);
    assert_eq!(
        fits(&decode(&["--root", "auto"], ERROR_V5)),
        ["ToEnvoy [5]"]
    );
    assert_eq!(
        fits(&decode(&["--root", "auto"], ERROR_V4)),
        ["ToEnvoy [4]"]
    );
    // A message of three roots, each with an empty list: the octets alone do not say which.
    assert_eq!(
        fits(&decode(&[], "0200")),
        ["ToRivet [4,5]", "ToEnvoy [4,5]", "ToEnvoyConn [4,5]"]
    );
    assert_eq!(
        fits(&decode(&["--version", "4"], "0200")),
        ["ToRivet [4]", "ToEnvoy [4]", "ToEnvoyConn [4]"]
    );
    assert_eq!(
        fits(&decode(&["--root", "ToEnvoyConn"], "0200")),
        ["ToEnvoyConn [4,5]"]
    );
}

#[test]
fn auto_says_what_came_closest_where_nothing_fits() {
    let output = run(
        &["decode", "--hex"],
        ERROR_V5.replace("026e6f", "036e6f").as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.starts_with(
            "error: no root and version fits, ToEnvoy at v5 comes closest: octet 29, \
             ToEnvoy.ToEnvoySqliteGetPagesResponse.data.message"
        ),
        "{printed}"
    );
}

#[test]
fn encode_takes_what_decode_prints_for_auto() {
    for hex in [PING, ERROR_V4, ERROR_V5] {
        let json = success(&run(&["decode", "--hex"], hex.as_bytes()));
        let encoded = success(&run(&["encode", "--hex"], json.as_bytes()));
        assert_eq!(encoded, format!("{}\n", hex.replace(' ', "")));
    }
    // The same octets, whichever root they are of.
    let json = success(&run(&["decode", "--hex"], b"0200"));
    assert_eq!(
        success(&run(&["encode", "--hex"], json.as_bytes())),
        "0200\n"
    );
}

#[test]
fn encode_finds_the_root_of_a_message_unless_it_could_be_several() {
    assert_eq!(
        success(&run(&["encode", "--hex"], PING_JSON.as_bytes())),
        format!("{PING}\n")
    );

    let ambiguous = br#"{"tag":"ToEnvoyCommands","val":[]}"#;
    let output = run(&["encode"], ambiguous);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("ToEnvoy at v4, ToEnvoy at v5; or of ToEnvoyConn at v4, ToEnvoyConn at v5"),
        "{error}"
    );
    assert_eq!(
        success(&run(
            &["encode", "--hex", "--root", "ToEnvoyConn"],
            ambiguous
        )),
        "0200\n"
    );

    let output = run(&["encode"], br#"{"tag":"ToEnvoyPing","val":{"ts":"soon"}}"#);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("ToEnvoy at v4 comes closest: $.val.ts: expected an i64"),
        "{error}"
    );
}

#[test]
fn encode_refuses_readings_that_decode_does_not_print() {
    for json in [
        r#"{"readings":[{"root":"ToMars","versions":[5],"message":null}]}"#,
        r#"{"readings":[{"root":"ToEnvoy","versions":[],"message":null}]}"#,
        r#"{"readings":[{"root":"ToEnvoy","versions":[9],"message":null}]}"#,
        r#"{"readings":[7]}"#,
        r#"{"readings":[]}"#,
        r#"{"readings":{}}"#,
    ] {
        let output = run(&["encode", "--hex"], json.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.starts_with("error: $.readings"), "{printed}");
    }
}

#[test]
fn explain_shows_offset_octets_field_and_value() {
    let printed = success(&run(
        &[&["explain"], &TO_ENVOY_5[..]].concat(),
        &octets(ERROR_V5),
    ));
    assert_eq!(
        printed,
        "\
ToEnvoy, v5, 32 octets
   0  06                       ToEnvoy = ToEnvoySqliteGetPagesResponse
   1  07 00 00 00                requestId: u32 = 7
   5  01                         data: SqliteGetPagesResponse = SqliteErrorResponse
   6  06 73 71 6c 69 74 65         group: str = \"sqlite\"
  13  0f 69 6e 76 61 … +11         code: str = \"invalid_request\"
  29  02 6e 6f                     message: str = \"no\"
"
    );
}

#[test]
fn explain_shows_what_was_read_and_then_the_error() {
    let output = run(
        &["explain", "--root", "ToEnvoy", "--version", "5"],
        &octets("060700000001067371"),
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "ToEnvoy, v5, 9 octets",
            "   0  06                       ToEnvoy = ToEnvoySqliteGetPagesResponse",
            "   1  07 00 00 00                requestId: u32 = 7",
            "   5  01                         data: SqliteGetPagesResponse = SqliteErrorResponse",
            "   6  06 73 71                     group: str = ?",
        ]
    );
    assert!(
        lines[5].starts_with("error: octet 6, ToEnvoy.ToEnvoySqliteGetPagesResponse.data.group"),
        "{printed}"
    );
}

#[test]
fn explain_goes_through_lines_and_finds_what_they_are() {
    let output = run(
        &["explain", "--hex"],
        format!("{PING}\nzz\n63\n").as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.starts_with("frame 1: ToEnvoy, v4 and v5, 9 octets\n   0  05 "),
        "{printed}"
    );
    assert!(
        printed.contains("\n\nframe 2: error: expected a hexadecimal digit"),
        "{printed}"
    );
    assert!(
        printed.contains("\n\nframe 3: no root and version fits; the closest is "),
        "{printed}"
    );
    assert!(printed.ends_with("but found 99\n"), "{printed}");
}

#[test]
fn explain_colours_only_where_asked_to_when_there_is_no_terminal() {
    let explain = |arguments: &[&str]| {
        success(&run(
            &[&["explain", "--root", "ToEnvoy"], arguments].concat(),
            &octets(PING),
        ))
    };
    assert!(explain(&["--color", "always"]).contains('\x1b'));
    assert!(!explain(&["--color", "never"]).contains('\x1b'));
    assert!(!explain(&[]).contains('\x1b'));
}

#[test]
fn wrong_usage_is_status_2_and_says_what_is_right() {
    for (arguments, expected) in [
        (&[][..], "Usage: envoy"),
        (&["transmogrify"], "unrecognized subcommand"),
        (
            &["decode", "--root", "ToMars"],
            "expected a root (ToRivet, ToEnvoy,",
        ),
        (
            &["decode", "--version", "6"],
            "expected a protocol version from 4 to 5, but found 6",
        ),
        (
            &["decode", "--version", "new"],
            "expected a protocol version such as `5`",
        ),
        (
            &["convert", "--root", "ToEnvoy", "--from", "4"],
            "--to <VERSION>",
        ),
        (
            &["convert", "--root", "auto", "--from", "4", "--to", "5"],
            "but found `auto`",
        ),
        (
            &["explain", "--color", "red"],
            "[possible values: auto, always, never]",
        ),
        (&["decode", "one", "two"], "unexpected argument 'two'"),
    ] {
        let output = run(arguments, b"");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    for hex in [&["--hex"][..], &[]] {
        let output = run(&[&["decode", "no/such/file"], hex].concat(), b"");
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            error.starts_with("error: expected to read no/such/file, but found: "),
            "{error}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    use std::io::Read;
    use std::process::Stdio;

    let frames = std::path::Path::new(FRAMES).join("to-rivet-v5.hex");
    let mut child = envoy()
        .args(["explain", "--hex"])
        .arg(frames)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 5];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"frame");
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn lines_are_answered_while_the_input_is_still_open() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::Stdio;

    let mut child = envoy()
        .args(["decode", "--hex", "--root", "ToEnvoy", "--version", "5"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        writeln!(input, "{PING}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), PING_JSON);
    }
    drop(input);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn no_octets_make_a_command_panic() {
    let junk: Vec<u8> = (0..4096_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    for command in ["decode", "encode", "explain"] {
        for hex in [&["--hex"][..], &[]] {
            let output = run(&[&[command], hex].concat(), &junk);
            assert_eq!(output.status.code(), Some(1), "{command} {hex:?}");
            assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
        }
    }
}
