//! A small tree of XML, enough to read and change the answers of the Query protocol.

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};

/// One element: its attributes as written, its text, its children.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Element name.
    pub name: String,
    /// Attributes, values unescaped.
    pub attrs: Vec<(String, String)>,
    /// Text directly inside the element, unescaped.
    pub text: String,
    /// Child elements in order.
    pub children: Vec<Node>,
}

impl Node {
    /// An element without content.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// An element with text.
    pub fn leaf(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), ..Self::default() }
    }

    /// An element with children.
    pub fn with(name: &str, children: Vec<Node>) -> Self {
        Self { name: name.to_owned(), children, ..Self::default() }
    }

    /// Reads a document; `None` when it is not XML.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_reader(bytes);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => open.push(element(&start)?),
                Event::Empty(start) => open.last_mut()?.children.push(element(&start)?),
                Event::End(_) => {
                    let mut done = open.pop()?;
                    if !done.children.is_empty() {
                        done.text.clear();
                    }
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.decode().ok()?),
                Event::CData(data) => open.last_mut()?.text.push_str(&data.decode().ok()?),
                Event::GeneralRef(name) => {
                    let whole = format!("&{};", name.decode().ok()?);
                    let text = quick_xml::escape::unescape(&whole).ok()?.into_owned();
                    open.last_mut()?.text.push_str(&text);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        open.pop()?.children.pop()
    }

    /// Writes the document with its declaration.
    pub fn document(&self) -> Vec<u8> {
        let mut writer = Writer::new(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_vec());
        self.write(&mut writer);
        writer.into_inner()
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) {
        let mut start = BytesStart::new(self.name.as_str());
        for (name, value) in &self.attrs {
            start.push_attribute((name.as_str(), value.as_str()));
        }
        // Writing into memory does not fail.
        let _ = writer.write_event(Event::Start(start));
        if !self.text.is_empty() && self.children.is_empty() {
            let _ = writer.write_event(Event::Text(BytesText::new(&self.text)));
        }
        for child in &self.children {
            child.write(writer);
        }
        let _ = writer.write_event(Event::End(BytesEnd::new(self.name.as_str())));
    }

    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first child of that name, for changes.
    pub fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find(|child| child.name == name)
    }

    /// The element at a path `a/b/c` of first children.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |node, name| node.child(name))
    }

    /// The text at a path; empty when there is no such element.
    pub fn text_at(&self, path: &str) -> &str {
        self.at(path).map_or("", |node| node.text.as_str())
    }

    /// The members of a list at a path (`item` and `member` alike).
    pub fn items(&self, path: &str) -> &[Self] {
        self.at(path).map_or(&[], |node| node.children.as_slice())
    }

    /// The members of a list at a path, for changes.
    pub fn items_mut(&mut self, path: &str) -> &mut Vec<Self> {
        let mut node = self;
        for name in path.split('/') {
            node = node.ensure(name);
        }
        &mut node.children
    }

    /// The child of that name, made when it is missing.
    pub fn ensure(&mut self, name: &str) -> &mut Self {
        let at = match self.children.iter().position(|child| child.name == name) {
            Some(at) => at,
            None => {
                self.children.push(Self::new(name));
                self.children.len() - 1
            }
        };
        &mut self.children[at]
    }

    /// Sets the text of a child, made when it is missing.
    pub fn set(&mut self, name: &str, text: &str) {
        let child = self.ensure(name);
        child.children.clear();
        text.clone_into(&mut child.text);
    }

    /// Replaces the child of the same name, or adds it.
    pub fn put(&mut self, node: Self) {
        self.remove(&node.name);
        self.children.push(node);
    }

    /// Removes every child of that name.
    pub fn remove(&mut self, name: &str) {
        self.children.retain(|child| child.name != name);
    }

    /// Every element below (and this one) with that name, for changes.
    pub fn each_mut(&mut self, name: &str, change: &mut dyn FnMut(&mut Self)) {
        for child in &mut self.children {
            if child.name == name {
                change(child);
            }
            child.each_mut(name, change);
        }
    }
}

fn element(start: &BytesStart<'_>) -> Option<Node> {
    let mut node = Node::new(std::str::from_utf8(start.name().as_ref()).ok()?);
    for attr in start.attributes() {
        let attr = attr.ok()?;
        let name = std::str::from_utf8(attr.key.as_ref()).ok()?.to_owned();
        let raw = std::str::from_utf8(attr.value.as_ref()).ok()?;
        node.attrs.push((name, quick_xml::escape::unescape(raw).ok()?.into_owned()));
    }
    Some(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_survives_reading_and_writing() {
        let text = b"<R xmlns=\"u\"><set>\n <item><v>a&amp;b &#65;</v></item>\n <item/></set></R>";
        let tree = Node::parse(text).expect("XML");
        assert_eq!(tree.items("set").len(), 2);
        assert_eq!(tree.text_at("set/item/v"), "a&b A");
        assert_eq!(Node::parse(&tree.document()), Some(tree));
        assert_eq!(Node::parse(b"{}"), None);
    }
}
