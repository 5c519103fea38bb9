//! The little of CBOR that Smithy's RPC protocol uses, to and from JSON.
//!
//! Source: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>, <https://www.rfc-editor.org/rfc/rfc8949>.

use serde_json::{Map, Number, Value};

/// Members that are numbers with a fraction, also where they have none.
const FRACTIONS: &[&str] = &["Threshold"];

/// Reads one item; `None`: it is not CBOR of the kinds that occur.
pub fn decode(bytes: &[u8]) -> Option<Value> {
    Reader { rest: bytes }.item()
}

/// Writes JSON. Numbers of members named `…Timestamp` are points in time.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, "", value);
    out
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, n: usize) -> Option<&[u8]> {
        let (head, tail) = self.rest.split_at_checked(n)?;
        self.rest = tail;
        Some(head)
    }

    /// The argument of a head; `None` in the inner option: of indefinite length.
    fn argument(&mut self, short: u8) -> Option<Option<u64>> {
        let width = match short {
            0..=23 => return Some(Some(u64::from(short))),
            24..=27 => 1 << (short - 24),
            31 => return Some(None),
            _ => return None,
        };
        Some(Some(self.take(width)?.iter().fold(0, |n, b| (n << 8) | u64::from(*b))))
    }

    fn ended(&mut self) -> bool {
        let ended = self.rest.first() == Some(&0xff);
        if ended {
            self.rest = &self.rest[1..];
        }
        ended
    }

    fn text(&mut self, length: Option<u64>) -> Option<Vec<u8>> {
        let Some(length) = length else {
            let mut all = Vec::new();
            while !self.ended() {
                let head = *self.take(1)?.first()?;
                let part = self.argument(head & 31)?;
                all.extend(self.text(part)?);
            }
            return Some(all);
        };
        Some(self.take(usize::try_from(length).ok()?)?.to_vec())
    }

    fn item(&mut self) -> Option<Value> {
        let head = *self.take(1)?.first()?;
        let (major, short) = (head >> 5, head & 31);
        if major == 7 {
            return self.simple(short);
        }
        let argument = self.argument(short)?;
        match major {
            0 => Some(argument?.into()),
            1 => Some((-1 - i64::try_from(argument?).ok()?).into()),
            2 | 3 => Some(String::from_utf8(self.text(argument)?).ok()?.into()),
            4 => {
                let mut all = Vec::new();
                while !self.done(argument, all.len()) {
                    all.push(self.item()?);
                }
                Some(all.into())
            }
            5 => {
                let mut all = Map::new();
                while !self.done(argument, all.len()) {
                    let key = self.item()?.as_str()?.to_owned();
                    all.insert(key, self.item()?);
                }
                Some(all.into())
            }
            // A tag: what it tags is a number here.
            _ => self.item(),
        }
    }

    fn done(&mut self, length: Option<u64>, so_far: usize) -> bool {
        match length {
            Some(length) => so_far as u64 >= length,
            None => self.ended(),
        }
    }

    fn simple(&mut self, short: u8) -> Option<Value> {
        let number = match short {
            20 | 21 => return Some((short == 21).into()),
            22 | 23 => return Some(Value::Null),
            26 => f64::from(f32::from_be_bytes(self.take(4)?.try_into().ok()?)),
            27 => f64::from_be_bytes(self.take(8)?.try_into().ok()?),
            _ => return None,
        };
        Some(Number::from_f64(number)?.into())
    }
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let major = major << 5;
    match argument {
        0..=23 => out.push(major | argument as u8),
        24..=0xff => out.extend([major | 24, argument as u8]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend((argument as u16).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend(argument.to_be_bytes());
        }
    }
}

fn write(out: &mut Vec<u8>, name: &str, value: &Value) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(flag) => out.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::String(text) => {
            head(out, 3, text.len() as u64);
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(out, 4, items.len() as u64);
            items.iter().for_each(|item| write(out, "", item));
        }
        Value::Object(members) => {
            head(out, 5, members.len() as u64);
            for (key, member) in members {
                write(out, "", &Value::String(key.clone()));
                write(out, key, member);
            }
        }
        Value::Number(number) => {
            let time = name.ends_with("Timestamp");
            if time {
                head(out, 6, 1);
            }
            match number.as_i64() {
                Some(whole) if !time && !FRACTIONS.contains(&name) => match u64::try_from(whole) {
                    Ok(whole) => head(out, 0, whole),
                    Err(_) => head(out, 1, whole.unsigned_abs() - 1),
                },
                _ => {
                    out.push(0xfb);
                    out.extend(number.as_f64().unwrap_or(0.0).to_be_bytes());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_written_is_read() {
        let value = json!({"AlarmNames": ["a", "ü"], "Threshold": 80.0, "Period": 300, "Low": -7, "On": true, "Nothing": null, "T": 0.5});
        assert_eq!(decode(&encode(&value)), Some(value));
        assert_eq!(encode(&json!({"StateUpdatedTimestamp": 1}))[23..], [0xc1, 0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn lengths_may_be_left_open() {
        let bytes = [0xbf, 0x61, b'a', 0x9f, 0x01, 0x7f, 0x61, b'x', 0x61, b'y', 0xff, 0xff, 0xff];
        assert_eq!(decode(&bytes), Some(json!({"a": [1, "xy"]})));
        assert_eq!(decode(&[0x5f]), None);
    }
}
