//! Files and paths.

use super::{Answer, BOOL, Function, FunctionError, Param, Returns, STRING, function, hash, string, text};
use crate::files::clean;
use crate::lang::CallEnv;
use crate::lang::call_env::hex;
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::path::Path;

const PATH: Param = Param::new("path", string);

pub(super) static ALL: &[Function] = &[
    function(
        "abspath",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(clean(&env.base_dir.join(text(a, 0))).to_string_lossy())),
        "The absolute form of a path.",
        &[("abspath(\"a/../b\")", "\"/root/b\"")],
    ),
    function(
        "basename",
        &[PATH],
        STRING,
        basename,
        "The last part of a path.",
        &[
            ("basename(\"foo/bar/baz.txt\")", "\"baz.txt\""),
            ("basename(\"foo/bar/\")", "\"bar\""),
            ("basename(\"/\")", "\"/\""),
            ("basename(\"\")", "\".\""),
        ],
    ),
    function(
        "dirname",
        &[PATH],
        STRING,
        dirname,
        "A path without its last part.",
        &[
            ("dirname(\"foo/bar/baz.txt\")", "\"foo/bar\""),
            ("dirname(\"baz.txt\")", "\".\""),
            ("dirname(\"/a\")", "\"/\""),
            ("dirname(\"foo/bar/\")", "\"foo/bar\""),
        ],
    ),
    function(
        "file",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(env.read_text(text(a, 0))?)),
        "The text of a file.",
        &[("file(\"hello.txt\")", "\"Hello World\"")],
    ),
    function(
        "filebase64",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(STANDARD.encode(env.read(text(a, 0))?))),
        "Base64 of a file.",
        &[("filebase64(\"hello.txt\")", "\"SGVsbG8gV29ybGQ=\""), ("filebase64(\"bytes.bin\")", "\"/wA=\"")],
    ),
    function(
        "filebase64sha256",
        &[PATH],
        STRING,
        |env, a| Ok(hash::base64(&Sha256::digest(env.read(text(a, 0))?))),
        "Base64 of a file's SHA-256.",
        &[("filebase64sha256(\"hello.txt\")", "base64sha256(\"Hello World\")")],
    ),
    function(
        "filebase64sha512",
        &[PATH],
        STRING,
        |env, a| Ok(hash::base64(&Sha512::digest(env.read(text(a, 0))?))),
        "Base64 of a file's SHA-512.",
        &[("filebase64sha512(\"hello.txt\")", "base64sha512(\"Hello World\")")],
    ),
    function(
        "fileexists",
        &[PATH],
        BOOL,
        fileexists,
        "Whether a file is there.",
        &[("fileexists(\"hello.txt\")", "true"), ("fileexists(\"none.txt\")", "false")],
    ),
    function(
        "filemd5",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(hex(&Md5::digest(env.read(text(a, 0))?)))),
        "MD5 of a file, in hexadecimal digits.",
        &[("filemd5(\"hello.txt\")", "md5(\"Hello World\")")],
    ),
    function(
        "fileset",
        &[PATH, Param::new("pattern", string)],
        Returns::Always(|| Type::set(Type::String)),
        fileset,
        "The files below a folder that match a pattern (*, **, ?, [a-z], {a,b}).",
        &[
            ("fileset(\".\", \"conf/*\")", "toset([\"conf/a.tf\", \"conf/b.json\"])"),
            ("fileset(\"conf\", \"*.{tf,json}\")", "toset([\"a.tf\", \"b.json\"])"),
            ("fileset(\".\", \"**/*.tf\")", "toset([\"conf/a.tf\"])"),
        ],
    ),
    function(
        "filesha1",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(hex(&Sha1::digest(env.read(text(a, 0))?)))),
        "SHA-1 of a file, in hexadecimal digits.",
        &[("filesha1(\"hello.txt\")", "sha1(\"Hello World\")")],
    ),
    function(
        "filesha256",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(hex(&Sha256::digest(env.read(text(a, 0))?)))),
        "SHA-256 of a file, in hexadecimal digits.",
        &[("filesha256(\"hello.txt\")", "sha256(\"Hello World\")")],
    ),
    function(
        "filesha512",
        &[PATH],
        STRING,
        |env, a| Ok(Value::string(hex(&Sha512::digest(env.read(text(a, 0))?)))),
        "SHA-512 of a file, in hexadecimal digits.",
        &[("filesha512(\"hello.txt\")", "sha512(\"Hello World\")")],
    ),
    function(
        "pathexpand",
        &[PATH],
        STRING,
        pathexpand,
        "A path with ~ replaced by the home directory.",
        &[("pathexpand(\"~/.ssh/id_rsa\")", "\"/home/me/.ssh/id_rsa\""), ("pathexpand(\"/etc\")", "\"/etc\"")],
    ),
];

fn pathexpand(env: &CallEnv, args: &[Value]) -> Answer {
    let given = text(args, 0);
    let path = env.expand_home(given)?;
    // Only what was expanded is tidied, as in OpenTofu.
    Ok(Value::string(if given.starts_with('~') { clean(Path::new(&path)).to_string_lossy().into_owned() } else { path }))
}

fn basename(_: &CallEnv, args: &[Value]) -> Answer {
    let path = text(args, 0);
    let name = match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        trimmed => trimmed.rsplit('/').next().unwrap_or(trimmed),
    };
    Ok(Value::string(name))
}

fn dirname(_: &CallEnv, args: &[Value]) -> Answer {
    let path = text(args, 0);
    let up = path.rfind('/').and_then(|i| path.get(..=i)).unwrap_or("");
    Ok(Value::string(clean(Path::new(up)).to_string_lossy()))
}

fn fileexists(env: &CallEnv, args: &[Value]) -> Answer {
    let full = env.resolve(text(args, 0))?;
    if env.files.is_dir(&full) {
        return Err(FunctionError::arg(0, format!("{:?} is a directory, not a file", text(args, 0))));
    }
    Ok(Value::bool(env.files.exists(&full)))
}

fn fileset(env: &CallEnv, args: &[Value]) -> Answer {
    let base = env.resolve(text(args, 0))?;
    let found = env.files.glob(&base, text(args, 1)).map_err(|e| {
        let arg = usize::from(e.kind() == std::io::ErrorKind::InvalidInput);
        FunctionError::arg(arg, format!("cannot list the files that match {:?}: {e}", text(args, 1)))
    })?;
    Ok(Value::set(Type::String, found.iter().map(|p| Value::string(p.to_string_lossy())).collect()))
}

#[cfg(test)]
mod tests {
    use crate::lang::FunctionTable;
    use crate::lang::functions::tests::env;
    use crate::value::Value;

    #[test]
    fn reading_is_logged_and_failures_explain() {
        let (env, table) = (env(), FunctionTable::standard());
        let call = |name: &str, path: &str| table.get(name).unwrap().call(&env, &[Value::string(path)]);
        call("file", "./conf/../hello.txt").unwrap();
        let log = env.read_log.lock().unwrap().clone();
        let expected = "a591a6d40bf420404a011733cfb7b190d62c65bf0bcda32b57b277d9ad9f146e";
        assert_eq!(log.into_iter().collect::<Vec<_>>(), [("/root/hello.txt".into(), expected.to_string())]);
        assert!(call("file", "none.txt").unwrap_err().message.contains("no file exists"));
        assert!(call("file", "bytes.bin").unwrap_err().message.contains("filebase64"));
        assert!(call("fileexists", "conf").unwrap_err().message.contains("directory"));
        assert!(call("file", "~other/x").unwrap_err().message.contains("other users"));
    }
}
