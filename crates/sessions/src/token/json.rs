//! JSON objects in which no name stands twice, at any depth: of two readers of one that does, each might take another value.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

/// What the error says that a name stands twice; the only one that is ours.
const TWICE: &str = "twice: ";

/// Why a text is not such an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotAnObject {
    /// It is not JSON, or something else than an object.
    Malformed,
    /// A name stands twice.
    Twice(String),
}

/// The object that the text is.
pub(super) fn object(text: &[u8]) -> Result<Map<String, Value>, NotAnObject> {
    match serde_json::from_slice::<Once>(text) {
        Ok(Once(Value::Object(object))) => Ok(object),
        Ok(_) => Err(NotAnObject::Malformed),
        Err(error) => {
            let told = error.to_string();
            // serde_json adds the place at the end.
            let name = told.strip_prefix(TWICE).and_then(|rest| rest.rsplit_once(" at line "));
            Err(name.map_or(NotAnObject::Malformed, |(name, _)| NotAnObject::Twice(name.to_owned())))
        }
    }
}

/// A value in which no object has a name twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if all.contains_key(&name) {
                return Err(de::Error::custom(format_args!("{TWICE}{name}")));
            }
            let Once(value) = entries.next_value()?;
            all.insert(name, value);
        }
        Ok(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once() {
        let twice = |text: &str| object(text.as_bytes()).unwrap_err();
        assert_eq!(twice(r#"{"sub":"a","sub":"b"}"#), NotAnObject::Twice("sub".to_owned()));
        assert_eq!(twice(r#"{"a":[{"sub":1,"\u0073ub":2}]}"#), NotAnObject::Twice("sub".to_owned()));
        assert_eq!(twice("[1]"), NotAnObject::Malformed);
        assert_eq!(twice(r#"{"a":1} {"#), NotAnObject::Malformed);
        assert_eq!(twice("{\"a\":\"\\ud800\"}"), NotAnObject::Malformed);
        assert_eq!(twice(&"[".repeat(10_000)), NotAnObject::Malformed, "no stack overflows");
        assert_eq!(object(br#"{"a":[1,-2,0.5,null,true,"x"]}"#).unwrap()["a"][1], Value::from(-2));
    }
}
