//! A small HTTP server on loopback: routes that can be changed while it runs, and a list of what was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a path answers.
#[derive(Clone)]
struct Route {
    status: u16,
    header: Option<(String, String)>,
    body: Vec<u8>,
    /// This much of the body is sent, then the connection closes.
    sent: usize,
    /// So many answers are 503 first.
    busy: usize,
    /// `Authorization` that must come.
    token: Option<String>,
}

#[derive(Default)]
struct Shared {
    routes: Mutex<BTreeMap<String, Route>>,
    /// Files below a folder, by the first part of their paths.
    folders: Mutex<BTreeMap<String, PathBuf>>,
    /// A path that is answered in part and then not at all.
    stalling: Mutex<Option<String>>,
    asked: Mutex<Vec<String>>,
    closing: AtomicBool,
}

/// A server; it ends when dropped.
pub struct Server {
    shared: Arc<Shared>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// On a free port.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared::default());
        let of_thread = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.closing.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, of_thread.clone()) else { continue };
                std::thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        Server { shared, port, thread: Some(thread) }
    }

    /// `127.0.0.1:port`
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `http://127.0.0.1:port` and a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// Answers a path with text.
    pub fn text(&self, path: &str, text: &str) {
        self.bytes(path, text.as_bytes().to_vec());
    }

    /// Answers a path with bytes.
    pub fn bytes(&self, path: &str, body: Vec<u8>) {
        let sent = body.len();
        self.route(path, Route { status: 200, header: None, body, sent, busy: 0, token: None });
    }

    /// Sends only the first bytes of what it promises.
    pub fn truncated(&self, path: &str, body: Vec<u8>, sent: usize) {
        self.route(path, Route { status: 200, header: None, body, sent, busy: 0, token: None });
    }

    /// 204 with `X-Terraform-Get`.
    pub fn redirecting(&self, path: &str, to: &str) {
        let header = Some(("X-Terraform-Get".to_owned(), to.to_owned()));
        self.route(path, Route { status: 204, header, body: Vec::new(), sent: 0, busy: 0, token: None });
    }

    /// 302 to another address.
    pub fn moved(&self, path: &str, to: &str) {
        let header = Some(("Location".to_owned(), to.to_owned()));
        self.route(path, Route { status: 302, header, body: Vec::new(), sent: 0, busy: 0, token: None });
    }

    /// The path answers 503 so many times first.
    pub fn busy(&self, path: &str, times: usize) {
        self.change(path, |r| r.busy = times);
    }

    /// Answers the paths below `/name/` with the files of a folder.
    pub fn folder(&self, name: &str, folder: PathBuf) {
        self.shared.folders.lock().expect("the folders").insert(name.to_owned(), folder);
    }

    /// The path answers a beginning and then keeps silent, until another one is given.
    pub fn stall(&self, path: Option<&str>) {
        *self.shared.stalling.lock().expect("the path") = path.map(str::to_owned);
    }

    /// The path wants this token.
    pub fn guarded(&self, path: &str, token: &str) {
        self.change(path, |r| r.token = Some(format!("Bearer {token}")));
    }

    /// The path wants this user and password.
    pub fn with_login(&self, path: &str, user: &str, password: &str) {
        let login = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{user}:{password}"));
        self.change(path, |r| r.token = Some(format!("Basic {login}")));
    }

    /// Paths asked so far, in order; the list starts anew.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.asked.lock().expect("the list"))
    }

    fn route(&self, path: &str, route: Route) {
        self.shared.routes.lock().expect("the routes").insert(path.to_owned(), route);
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Route)) {
        change(self.shared.routes.lock().expect("the routes").get_mut(path).expect("a route"));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let target = lines.next().transpose()?.unwrap_or_default().split(' ').nth(1).unwrap_or("").to_owned();
    let mut token = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case("authorization")) {
            token = Some((name.to_owned(), value.trim().to_owned()));
        }
    }
    shared.asked.lock().expect("the list").push(target.clone());
    let path = target.split('?').next().unwrap_or("").to_owned();
    if shared.stalling.lock().expect("the path").as_deref() == Some(&path) {
        stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000000\r\n\r\nbeginning")?;
        while !shared.closing.load(Ordering::SeqCst) && shared.stalling.lock().expect("the path").is_some() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        return Ok(());
    }
    if let Some(file) = file_of(shared, &path) {
        return send(&mut stream, 200, None, &file, file.len());
    }
    let mut routes = shared.routes.lock().expect("the routes");
    let Some(route) = routes.get_mut(&path) else { return send(&mut stream, 404, None, b"none", 4) };
    if route.busy > 0 {
        route.busy -= 1;
        return send(&mut stream, 503, None, b"", 0);
    }
    let route = route.clone();
    drop(routes);
    if route.token.is_some() && route.token != token.map(|(_, value)| value) {
        return send(&mut stream, 401, None, b"", 0);
    }
    send(&mut stream, route.status, route.header.as_ref(), &route.body, route.sent)
}

fn file_of(shared: &Shared, path: &str) -> Option<Vec<u8>> {
    let (name, rest) = path.strip_prefix('/')?.split_once('/')?;
    let folder = shared.folders.lock().expect("the folders").get(name)?.clone();
    std::fs::read(folder.join(rest)).ok()
}

fn send(stream: &mut TcpStream, status: u16, header: Option<&(String, String)>, body: &[u8], sent: usize) -> std::io::Result<()> {
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    write!(stream, "HTTP/1.1 {status} X\r\n{header}{length}connection: close\r\n\r\n")?;
    stream.write_all(&body[..sent])?;
    stream.flush()
}
