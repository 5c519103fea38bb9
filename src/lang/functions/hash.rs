//! Hashes and identifiers.

use super::{Answer, Function, FunctionError, Param, STRING, function, number, string, text, variadic, whole};
use crate::lang::CallEnv;
use crate::lang::call_env::hex;
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

const STR: Param = Param::new("str", string);

pub(super) static ALL: &[Function] = &[
    function(
        "base64sha256",
        &[STR],
        STRING,
        |_, a| Ok(base64(&Sha256::digest(text(a, 0)))),
        "Base64 of a text's SHA-256.",
        &[("base64sha256(\"hello world\")", "\"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=\"")],
    ),
    function(
        "base64sha512",
        &[STR],
        STRING,
        |_, a| Ok(base64(&Sha512::digest(text(a, 0)))),
        "Base64 of a text's SHA-512.",
        &[(
            "base64sha512(\"hello world\")",
            "\"MJ7MSJwS1utMxA9QyQLytNDtd+5RGnx6m808qG1M2G+YndNbxf9JlnDaNCVbRbDP2DDoH2Bdz33FVC6TrpzXbw==\"",
        )],
    ),
    variadic(function("bcrypt", &[STR], STRING, bcrypt, "Bcrypt hash of a text; differs each time.", &[]), Param::new("cost", number)),
    function(
        "md5",
        &[STR],
        STRING,
        |_, a| Ok(Value::string(hex(&Md5::digest(text(a, 0))))),
        "MD5 of a text, in hexadecimal digits.",
        &[("md5(\"hello world\")", "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"")],
    ),
    function(
        "sha1",
        &[STR],
        STRING,
        |_, a| Ok(Value::string(hex(&Sha1::digest(text(a, 0))))),
        "SHA-1 of a text, in hexadecimal digits.",
        &[("sha1(\"hello world\")", "\"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed\"")],
    ),
    function(
        "sha256",
        &[STR],
        STRING,
        |_, a| Ok(Value::string(hex(&Sha256::digest(text(a, 0))))),
        "SHA-256 of a text, in hexadecimal digits.",
        &[("sha256(\"hello world\")", "\"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\"")],
    ),
    function(
        "sha512",
        &[STR],
        STRING,
        |_, a| Ok(Value::string(hex(&Sha512::digest(text(a, 0))))),
        "SHA-512 of a text, in hexadecimal digits.",
        &[(
            "sha512(\"hello world\")",
            "\"309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f989dd35bc5ff499670da34255b45b0cfd830e81f605dcf7dc5542e93ae9cd76f\"",
        )],
    ),
    function("uuid", &[], STRING, uuid, "A random identifier; differs each time.", &[]),
    function(
        "uuidv5",
        &[Param::new("namespace", string), Param::new("name", string)],
        STRING,
        uuidv5,
        "The identifier of a name in a namespace.",
        &[
            ("uuidv5(\"dns\", \"www.terraform.io\")", "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\""),
            ("uuidv5(\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\", \"www.terraform.io\")", "\"a5008fae-b28c-5ba5-96cd-82b4c53552d6\""),
        ],
    ),
];

pub(super) fn base64(bytes: &[u8]) -> Value {
    Value::string(STANDARD.encode(bytes))
}

fn random(env: &CallEnv) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    env.random.map(|fill| fill(&mut bytes))?;
    Some(bytes)
}

fn bcrypt(env: &CallEnv, args: &[Value]) -> Answer {
    let cost = if args.len() > 1 { whole(args, 1)? } else { 10 };
    let Some(cost) = u32::try_from(cost).ok().filter(|c| (4..=31).contains(c)) else {
        return Err(FunctionError::arg(1, "the cost must be a whole number from 4 to 31"));
    };
    if args.len() > 2 {
        return Err(FunctionError::arg(2, "bcrypt takes a text and at most one cost"));
    }
    if text(args, 0).len() > 72 {
        return Err(FunctionError::arg(0, "bcrypt takes at most 72 bytes"));
    }
    let Some(salt) = random(env) else { return Ok(Value::unknown_not_null(Type::String)) };
    let hashed = bcrypt::hash_with_salt(text(args, 0), cost, salt);
    let hashed = hashed.map_err(|e| FunctionError::new(format!("cannot hash: {e}")))?;
    Ok(Value::string(hashed.format_for_version(bcrypt::Version::TwoA)))
}

fn uuid(env: &CallEnv, _: &[Value]) -> Answer {
    let Some(bytes) = random(env) else { return Ok(Value::unknown_not_null(Type::String)) };
    Ok(Value::string(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
}

fn uuidv5(_: &CallEnv, args: &[Value]) -> Answer {
    let namespace = match text(args, 0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::parse_str(other)
            .map_err(|e| FunctionError::arg(0, format!("the namespace must be dns, url, oid, x500 or a UUID: {e}")))?,
    };
    Ok(Value::string(Uuid::new_v5(&namespace, text(args, 1).as_bytes()).to_string()))
}

#[cfg(test)]
mod tests {
    use crate::lang::FunctionTable;
    use crate::lang::functions::tests::env;
    use crate::value::Value;

    #[test]
    fn randomness_waits_for_apply() {
        let table = FunctionTable::standard();
        let call = |name: &str, env: &_, args: &[Value]| table.get(name).unwrap().call(env, args).unwrap();
        let mut env = env();
        let secret = [Value::string("secret")];
        assert!(call("uuid", &env, &[]).is_unknown() && call("bcrypt", &env, &secret).is_unknown());
        env.random = Some(|bytes| bytes.fill(7));
        assert_eq!(call("uuid", &env, &[]).as_str(), Some("07070707-0707-4707-8707-070707070707"));
        let hash = call("bcrypt", &env, &[secret[0].clone(), Value::int(4)]);
        assert!(hash.as_str().unwrap().starts_with("$2a$04$"));
        assert!(bcrypt::verify("secret", hash.as_str().unwrap()).unwrap());
    }
}
