//! Character encodings other than UTF-8, as far as `textencodebase64` and `textdecodebase64` need them.

use super::FunctionError;

/// What windows-1252 has in place of the control characters 0x80 to 0x9f; five of them are not used.
const WINDOWS_1252: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

enum Charset {
    Utf8,
    /// `None`: a byte order mark says it, big-endian is written.
    Utf16(Option<Order>),
    Ascii,
    Latin1,
    Windows1252,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Big,
    Little,
}

fn charset(name: &str) -> Result<Charset, FunctionError> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => Charset::Utf8,
        "UTF-16" => Charset::Utf16(None),
        "UTF-16LE" => Charset::Utf16(Some(Order::Little)),
        "UTF-16BE" => Charset::Utf16(Some(Order::Big)),
        "US-ASCII" | "ASCII" => Charset::Ascii,
        "ISO-8859-1" | "LATIN1" => Charset::Latin1,
        "WINDOWS-1252" => Charset::Windows1252,
        _ => {
            let message = format!(
                "the encoding {name:?} is not supported; UTF-8, UTF-16, UTF-16LE, UTF-16BE, ISO-8859-1, windows-1252 and US-ASCII are"
            );
            return Err(FunctionError::arg(1, message));
        }
    })
}

/// The text in the encoding called `name`.
pub(super) fn encode(text: &str, name: &str) -> Result<Vec<u8>, FunctionError> {
    let one = |byte: fn(char) -> Option<u8>| {
        let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
        bytes.ok_or_else(|| FunctionError::arg(0, format!("the text has characters that {name} cannot represent")))
    };
    match charset(name)? {
        Charset::Utf8 => Ok(text.as_bytes().to_vec()),
        Charset::Utf16(Some(Order::Little)) => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Charset::Utf16(Some(Order::Big)) => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Charset::Utf16(None) => Ok([0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect()),
        Charset::Ascii => one(|c| u8::try_from(c).ok().filter(u8::is_ascii)),
        Charset::Latin1 => one(|c| u8::try_from(c).ok()),
        Charset::Windows1252 => one(|c| match WINDOWS_1252.chars().position(|w| w == c && c != '\u{fffd}') {
            Some(i) => u8::try_from(0x80 + i).ok(),
            None => u8::try_from(c).ok().filter(|b| !(0x80..0xa0).contains(b)),
        }),
    }
}

/// The text that the bytes are in the encoding called `name`.
pub(super) fn decode(bytes: Vec<u8>, name: &str) -> Result<String, FunctionError> {
    let invalid = || FunctionError::arg(0, format!("the bytes are not valid {name}"));
    match charset(name)? {
        Charset::Utf8 => String::from_utf8(bytes).map_err(|_| FunctionError::arg(0, "the bytes are not valid UTF-8")),
        Charset::Utf16(order) => utf16(&bytes, order).ok_or_else(invalid),
        Charset::Ascii if !bytes.is_ascii() => Err(invalid()),
        Charset::Ascii | Charset::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        Charset::Windows1252 => {
            let one = |b: u8| match b {
                0x80..0xa0 => WINDOWS_1252.chars().nth(usize::from(b - 0x80)).unwrap_or('\u{fffd}'),
                _ => char::from(b),
            };
            Ok(bytes.into_iter().map(one).collect())
        }
    }
}

fn utf16(bytes: &[u8], order: Option<Order>) -> Option<String> {
    let (order, bytes) = match (order, bytes) {
        (Some(order), _) => (order, bytes),
        (None, [0xff, 0xfe, rest @ ..]) => (Order::Little, rest),
        (None, [0xfe, 0xff, rest @ ..]) => (Order::Big, rest),
        (None, _) => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let join = if order == Order::Big { u16::from_be_bytes } else { u16::from_le_bytes };
    let units: Vec<u16> = pairs.iter().map(|p| join(*p)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}
