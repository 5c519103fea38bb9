use super::*;
use std::io::Cursor;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

const SMALL: Limits = Limits { download: 1 << 20, unpacked: 1 << 20, entries: 20 };

fn unpacked(bytes: &[u8], form: Archive) -> Result<TempDir, String> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("archive");
    fs::write(&file, bytes).unwrap();
    let out = tempfile::tempdir().unwrap();
    unpack(&file, form, out.path(), SMALL, "the archive").map_err(|d| format!("{}: {}", d.summary, d.detail))?;
    Ok(out)
}

enum Entry<'a> {
    File(&'a str, &'a [u8]),
    Link(&'a str, &'a str),
}

/// A tar whose names are written as they are, `..` included.
fn tarred(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        let (name, bytes): (&str, &[u8]) = match entry {
            Entry::File(name, bytes) => (name, bytes),
            Entry::Link(name, target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_link_name_literal(target).unwrap();
                (name, b"")
            }
        };
        header.set_size(bytes.len() as u64);
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zipped(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        match entry {
            Entry::File(name, bytes) => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
            Entry::Link(name, target) => writer.add_symlink(*name, *target, options).unwrap(),
        }
    }
    writer.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_form_gives_the_same_files() {
    let entries = [Entry::File("m/main.tf", b"locals {}\n"), Entry::File("m/sub/x.tf", b""), Entry::Link("m/link.tf", "sub/x.tf")];
    for (bytes, form) in [(tarred(&entries), Archive::Tar), (gzipped(&tarred(&entries)), Archive::TarGz), (zipped(&entries), Archive::Zip)]
    {
        let out = unpacked(&bytes, form).unwrap();
        assert_eq!(fs::read(out.path().join("m/main.tf")).unwrap(), b"locals {}\n", "{form:?}");
        assert_eq!(fs::read_link(out.path().join("m/link.tf")).unwrap(), Path::new("sub/x.tf"), "{form:?}");
    }
}

#[test]
fn nothing_is_written_or_linked_outside() {
    for entries in [
        [Entry::File("ok", b""), Entry::File("../evil", b"x")],
        [Entry::File("ok", b""), Entry::File("a/../../evil", b"x")],
        [Entry::File("ok", b""), Entry::File("/tmp/evil", b"x")],
        [Entry::File("ok", b""), Entry::Link("link", "/etc")],
        [Entry::File("ok", b""), Entry::Link("a/link", "../../etc")],
    ] {
        for (bytes, form) in [(tarred(&entries), Archive::Tar), (zipped(&entries), Archive::Zip)] {
            let said = unpacked(&bytes, form).unwrap_err();
            assert!(said.starts_with("Archive refused"), "{form:?}: {said}");
        }
    }
}

#[test]
fn links_that_lead_out_through_one_another_are_refused() {
    // Each is inside by its text: b -> a/.. is the folder above where a leads.
    let chain = [Entry::Link("deep/a", ".."), Entry::Link("b", "deep/a/..")];
    let said = unpacked(&tarred(&chain), Archive::Tar).unwrap_err();
    assert!(said.starts_with("Archive refused"), "{said}");
    // Nothing is written through a link either: the file takes its place, or the folder does.
    let through = [Entry::Link("d", "other"), Entry::File("d/x", b"1")];
    let out = unpacked(&tarred(&through), Archive::Tar);
    assert!(out.is_err() || !out.unwrap().path().join("other").exists());
}

#[test]
fn damaged_archives_are_said_to_be() {
    let entries = [Entry::File("main.tf", &[7; 4000])];
    let mut noise = Vec::new();
    (0..4000_u32).for_each(|i| noise.extend_from_slice(&i.wrapping_mul(2_654_435_761).to_le_bytes()));
    let random = [Entry::File("main.tf", noise.as_slice())];
    let cut = |bytes: &[u8]| bytes[..bytes.len() * 2 / 3].to_vec();
    for (bytes, form) in [
        (tarred(&entries)[..2000].to_vec(), Archive::Tar),
        (cut(&gzipped(&tarred(&random))), Archive::TarGz),
        (cut(&zipped(&random)), Archive::Zip),
        (b"<html>not found</html>".to_vec(), Archive::Zip),
        (b"<html>not found</html>".to_vec(), Archive::TarGz),
        (Vec::new(), Archive::Zip),
        (Vec::new(), Archive::Tar),
    ] {
        let said = unpacked(&bytes, form).unwrap_err();
        assert!(said.starts_with("Archive not readable: the archive cannot be unpacked: "), "{form:?}: {said}");
    }
}

#[test]
fn bombs_end_at_the_limit() {
    let zeros = vec![0; 3 << 20];
    let bomb = [Entry::File("zeros", zeros.as_slice())];
    for (bytes, form) in [(zipped(&bomb), Archive::Zip), (gzipped(&tarred(&bomb)), Archive::TarGz)] {
        assert!(bytes.len() < 10_000);
        assert!(unpacked(&bytes, form).unwrap_err().starts_with("Module too large"), "{form:?}");
    }
    let names: Vec<String> = (0..21).map(|i| format!("f{i}")).collect();
    let many: Vec<Entry<'_>> = names.iter().map(|n| Entry::File(n, b"")).collect();
    assert!(unpacked(&zipped(&many), Archive::Zip).unwrap_err().contains("more than 20 files"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(150))]
    #[test]
    fn no_archive_makes_it_panic(at in 0..2000_usize, bytes in proptest::collection::vec(0_u8.., 1..40)) {
        let entries = [Entry::File("m/main.tf", b"locals {}\n"), Entry::Link("m/link.tf", "main.tf")];
        for (mut whole, form) in [(tarred(&entries), Archive::Tar), (zipped(&entries), Archive::Zip), (gzipped(&tarred(&entries)), Archive::TarGz)] {
            let at = at % whole.len();
            whole.iter_mut().skip(at).zip(&bytes).for_each(|(old, new)| *old = *new);
            let _ = unpacked(&whole, form);
        }
    }
}
