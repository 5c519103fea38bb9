use super::*;

#[test]
fn attributes_and_blocks_in_order() {
    let body = file("a = 1\nresource \"aws_vpc\" main {\n  b = 2\n\n  tags {\n  }\n}\nc = 3");
    assert_eq!(body.attributes.iter().map(|a| a.name.name.as_ref()).collect::<Vec<_>>(), ["a", "c"]);
    let block = &body.blocks[0];
    assert_eq!(block.kind.name.as_ref(), "resource");
    assert_eq!(block.labels.iter().map(|l| l.name.as_ref()).collect::<Vec<_>>(), ["aws_vpc", "main"]);
    assert_eq!(block.body.attributes[0].name.name.as_ref(), "b");
    assert_eq!(block.body.blocks[0].kind.name.as_ref(), "tags");
}

#[test]
fn blocks_on_one_line() {
    let body = file("a { b = 1 }\nc {}\nd \"x\" { }\n");
    assert_eq!(body.blocks.len(), 3);
    assert_eq!(body.blocks[0].body.attributes.len(), 1);
}

#[test]
fn attribute_names_may_be_keywords_and_have_dashes() {
    let body = file("for = 1\ntrue = 2\na-b = 3\nin {\n}\n");
    assert_eq!(body.attributes.len(), 3);
}

#[test]
fn carriage_returns_and_comments() {
    let body = file("a = 1 # x\r\nb = 2 // y\r\n/* z */ c = 3\r\nd { # e\r\n}\r\n");
    assert_eq!(body.attributes.len(), 3);
    assert_eq!(body.blocks.len(), 1);
}

#[test]
fn spans_of_blocks() {
    let text = "resource \"a\" \"b\" {\n  c = 1\n}\n";
    let block = &file(text).blocks[0];
    let slice = |s: Span| &text[s.start as usize..s.end as usize];
    assert_eq!(slice(block.header), "resource \"a\" \"b\"");
    assert_eq!(slice(block.span), "resource \"a\" \"b\" {\n  c = 1\n}");
    assert_eq!(slice(block.labels[1].span), "\"b\"");
    assert_eq!(slice(block.body.attributes[0].span), "c = 1");
}

#[test]
fn empty_texts() {
    for text in ["", "\n", "# only\n", "\u{feff}"] {
        assert!(file(text).attributes.is_empty());
    }
}
