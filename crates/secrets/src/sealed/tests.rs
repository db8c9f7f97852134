//! Sealed values open in their place and nowhere else.

use aes_gcm::aead::Aead;
use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::ReadableBy;

const HERE: Uuid = Uuid::from_u128(7);

fn ring(seeds: &[u8]) -> KeyRing {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let lines: String = seeds.iter().map(|seed| format!("{}\n", hex::encode([*seed; 32]))).collect();
    std::fs::write(&path, lines).unwrap();
    KeyRing::load(&path, ReadableBy::Anyone).unwrap()
}

fn older(seed: u8, clear: &str) -> String {
    let cipher = cipher(&Key::new(Zeroizing::new([seed; 32])));
    let body = cipher.encrypt(&[9; NONCE].into(), clear.as_bytes()).unwrap();
    format!("S1:{}:{}", BASE64_STANDARD.encode([9; NONCE]), BASE64_STANDARD.encode(body))
}

fn why(stored: &str) -> Unreadable {
    open(&ring(&[1]), HERE, "name", stored).unwrap_err()
}

#[test]
fn the_form_says_version_key_nonce_and_ciphertext() {
    let ring = ring(&[1, 2]);
    let text = seal(&ring, HERE, "name", &SecretValue::from("canary")).unwrap();
    let parts: Vec<&str> = text.split(':').collect();
    assert_eq!(parts[..2], ["RW1", &ring.first_id().to_string()]);
    assert_eq!(BASE64_STANDARD.decode(parts[2]).unwrap().len(), NONCE);
    assert_eq!(BASE64_STANDARD.decode(parts[3]).unwrap().len(), "canary".len() + TAG);
    assert!(text.starts_with(&current_prefix(&ring)));
    assert_ne!(text, seal(&ring, HERE, "name", &SecretValue::from("canary")).unwrap(), "nonces differ");
}

/// Whatever was sealed once must open for ever; this was sealed by another implementation (Python's `cryptography`).
#[test]
fn the_form_is_fixed() {
    let text = "RW1:8fdd7afdf5fb347c:AAECAwQFBgcICQoL:0MPlUr251GKwkFTWmW28uM+jVag=";
    assert_eq!(open(&ring(&[1]), HERE, "name", text).unwrap(), SecretValue::from("kept"));
}

#[test]
fn every_key_of_the_ring_opens_and_the_first_seals() {
    let text = seal(&ring(&[2]), HERE, "name", &SecretValue::from("v")).unwrap();
    assert_eq!(open(&ring(&[1, 2]), HERE, "name", &text).unwrap(), SecretValue::from("v"));
    let error = open(&ring(&[1]), HERE, "name", &text).unwrap_err();
    assert_eq!(error, Unreadable::WrongKey { id: ring(&[2]).first_id(), have: vec![ring(&[1]).first_id()] });
    assert!(error.to_string().contains(&ring(&[2]).first_id().to_string()));
}

#[test]
fn the_older_form_and_plain_text_open_as_legacy() {
    let ring = ring(&[1, 2]);
    for seed in [1, 2] {
        let opened = open_any(&ring, HERE, "name", &older(seed, "old")).unwrap();
        assert!(opened.legacy && opened.value == SecretValue::from("old"));
    }
    assert!(matches!(open(&ring, HERE, "name", &older(3, "old")), Err(Unreadable::Older { .. })));
    for plain in ["", "plain", "RW", "RW:x", "S:x", "SMTP1:x", "RW1", "rw1", "S1a:x", "https://x", "S-1:x"] {
        let opened = open_any(&ring, HERE, "name", plain).unwrap();
        assert!(opened.legacy && opened.value == SecretValue::from(plain), "{plain}");
    }
}

#[test]
fn what_looks_sealed_is_never_plain_text() {
    let sealed = seal(&ring(&[1]), HERE, "name", &SecretValue::from("v")).unwrap();
    let id = ring(&[1]).first_id();
    let damaged = [
        "RW1:".to_owned(),
        "RW1:hello".to_owned(),
        "S1:".to_owned(),
        "S1:hello".to_owned(),
        format!("RW1:{id}:AAAA:AAAA"),
        format!("RW1:{id}:{}:", BASE64_STANDARD.encode([0; NONCE])),
        format!("{sealed}:"),
        format!("{sealed} "),
        format!("{sealed}\n"),
        sealed[..sealed.len() - 4].to_owned(),
        sealed.replace(&id.to_string(), &id.to_string().to_uppercase()),
    ];
    for text in damaged {
        assert_eq!(why(&text), Unreadable::Damaged, "{text}");
    }
    for text in ["RW2:x:y:z", "RW0:x", "RW01:x", "S2:x:y", "S9:x", "RW99999999999999999999:"] {
        assert!(matches!(why(text), Unreadable::UnknownVersion { .. }), "{text}");
    }
}

#[test]
fn a_disguise_of_case_or_white_space_is_not_plain_text_either() {
    let sealed = seal(&ring(&[1]), HERE, "name", &SecretValue::from("v")).unwrap();
    let (space, tab, mark) = (format!(" {sealed}"), format!("\t\n{sealed}"), format!("\u{feff}{sealed}"));
    for text in [
        &space,
        &tab,
        &mark,
        &sealed.to_lowercase(),
        "rw1:x",
        " RW1:x",
        "Rw1:",
        "s1:x",
        "\u{200b}S1:x",
        "\u{a0}rW9:x",
        "RW1 :x",
        "\0RW1:x",
    ] {
        assert_eq!(why(text), Unreadable::Damaged, "{text:?}");
    }
}

#[test]
fn tampered_truncated_and_moved_are_one_answer() {
    let ring = ring(&[1]);
    let text = seal(&ring, HERE, "name", &SecretValue::from("value")).unwrap();
    let truncated = &text[..text.len() - 4];
    let moved = open(&ring, HERE, "other", &text).unwrap_err();
    let copied = open(&ring, Uuid::from_u128(8), "name", &text).unwrap_err();
    assert_eq!(moved, copied);
    assert_eq!(moved, open(&ring, HERE, "name", truncated).unwrap_err());
    assert_eq!(moved, Unreadable::Damaged);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(value in proptest::collection::vec(any::<u8>(), 0..300), name in ".{1,50}", id: u128) {
        let (ring, id) = (ring(&[1]), Uuid::from_u128(id));
        let text = seal(&ring, id, &name, &SecretValue::new(value.clone())).unwrap();
        let opened = open(&ring, id, &name, &text).unwrap();
        prop_assert_eq!(opened.expose(), value.as_slice());
    }

    #[test]
    fn no_flipped_bit_opens(value in ".{0,60}", at: proptest::sample::Index, bit in 0..7_u32) {
        let ring = ring(&[1]);
        let text = seal(&ring, HERE, "name", &SecretValue::from(value.as_str())).unwrap();
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let flipped = String::from_utf8(bytes).unwrap();
        match open(&ring, HERE, "name", &flipped) {
            Err(_) => {}
            // A flip in the tag before the first colon may make it no longer look sealed.
            Ok(opened) => prop_assert!(at < 4 && opened.expose() == flipped.as_bytes()),
        }
    }

    #[test]
    fn no_flipped_bit_of_the_body_opens(value in ".{0,60}", at: proptest::sample::Index, bit in 0..8_u32) {
        let ring = ring(&[1]);
        let text = seal(&ring, HERE, "name", &SecretValue::from(value.as_str())).unwrap();
        let Ok(Form::Sealed { key, mut nonce, mut body }) = text::parse(&text) else { unreachable!() };
        let at = at.index(NONCE + body.len());
        if at < NONCE { nonce[at] ^= 1 << bit } else { body[at - NONCE] ^= 1 << bit }
        prop_assert_eq!(
            open(&ring, HERE, "name", &text::render(key, &nonce, &body)).unwrap_err(),
            Unreadable::Damaged
        );
    }

    #[test]
    fn no_other_name_or_installation_opens(name in ".{1,20}", other in ".{1,20}", a: u128, b: u128) {
        prop_assume!(name != other || a != b);
        let ring = ring(&[1]);
        let text = seal(&ring, Uuid::from_u128(a), &name, &SecretValue::from("v")).unwrap();
        prop_assert_eq!(
            open(&ring, Uuid::from_u128(b), &other, &text).unwrap_err(),
            Unreadable::Damaged
        );
    }

    #[test]
    fn no_text_panics(text in "(RW|S)?[0-9]{0,3}:?.{0,80}") {
        let _ = open(&ring(&[1]), HERE, "name", &text);
    }
}
