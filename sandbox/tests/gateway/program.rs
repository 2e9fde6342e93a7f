//! The program: its arguments, its one line of output, its exit codes.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// A folder of the test's own, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir()
            .join(format!("wechatpay-sandbox-program-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wechatpay-sandbox"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Kills the program if the test fails before it ended.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn it_makes_keys_serves_and_ends_on_a_signal() {
    let scratch = Scratch::new("serve");
    let (code, stdout, stderr) = run(&["--init", scratch.path()]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let made: Value = serde_json::from_str(&stdout).unwrap();

    for signal in ["-TERM", "-INT"] {
        let mut running = Running(program(&["--keys", scratch.path()]).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["mchid"], made["mchid"]);
        assert!(line["operations"].as_u64().unwrap() >= 11);
        assert_eq!(line["url"], format!("http://{}", line["listen"].as_str().unwrap()));
        assert_eq!(line["control"]["url"], format!("{}/sandbox", line["url"].as_str().unwrap()));
        assert_eq!(line["control"]["token"].as_str().unwrap().len(), 32);
        let token = line["control"]["token"].as_str().unwrap();
        let console = format!("{}/sandbox/#token={token}", line["url"].as_str().unwrap());
        assert_eq!(line["console"], console);
        std::net::TcpStream::connect(line["listen"].as_str().unwrap()).unwrap();

        let killed =
            Command::new("kill").args([signal, &running.0.id().to_string()]).status().unwrap();
        assert!(killed.success());
        assert_eq!(running.0.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[cfg(unix)]
#[test]
fn it_writes_what_clients_and_consoles_need_and_keeps_its_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new("state");
    assert_eq!(run(&["--init", scratch.path()]).0, 0);
    let file = |name: &str| scratch.0.join(name).display().to_string();
    let arguments = [
        "--keys",
        scratch.path(),
        "--tls",
        "--db",
        &file("state.db"),
        "--seed",
        "7",
        "--control-token-file",
        &file("token"),
    ];
    let mut running = Running(program(&arguments).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert!(line["url"].as_str().unwrap().starts_with("https://"));
    assert_eq!(fs::read_to_string(file("token")).unwrap().trim(), line["control"]["token"]);
    let mode = fs::metadata(file("token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others can read the token");
    assert!(fs::read_to_string(file("tls_ca.pem")).unwrap().contains("BEGIN CERTIFICATE"));
    assert!(fs::read(file("state.db")).unwrap().starts_with(b"SQLite format 3"));

    fs::set_permissions(file("plat_key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run(&["--keys", scratch.path()]);
    assert_eq!(refused.0, 2);
    assert!(refused.2.contains("plat_key.pem: others can read it (mode 644)"), "{}", refused.2);
}

#[test]
fn what_it_cannot_use_it_names_and_exits_with_2() {
    let scratch = Scratch::new("refuse");
    assert_eq!(run(&["--init", scratch.path()]).0, 0);
    let again = run(&["--init", scratch.path()]);
    assert_eq!(again.0, 2);
    assert!(again.2.contains("mchid.txt: exists already"), "{}", again.2);

    let schema = run(&["--keys", scratch.path(), "--schema", scratch.path()]);
    assert_eq!(schema.0, 2, "{}", schema.2);

    fs::write(scratch.0.join("plat_key.pem"), "garbled").unwrap();
    let garbled = run(&["--keys", scratch.path()]);
    assert_eq!(garbled.0, 2);
    assert!(
        garbled.2.contains("plat_key.pem: is not an unencrypted RSA private key"),
        "{}",
        garbled.2
    );
    fs::remove_file(scratch.0.join("plat_key.pem")).unwrap();
    assert!(run(&["--keys", scratch.path()]).2.contains("plat_key.pem: is missing"));
    assert_eq!(run(&[]).0, 2);
}

#[test]
fn wrong_use_is_told_with_the_remedy() {
    let scratch = Scratch::new("wrong");
    assert_eq!(run(&["--init", scratch.path()]).0, 0);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let file = |name: &str| scratch.0.join(name).display().to_string();
    let (scenario, nowhere) = (file("wrong.yaml"), file("nowhere"));
    let unreachable = file("nowhere/state.db");
    fs::write(&scenario, "faults:\n  - fault: unsinged\n").unwrap();
    fs::write(file("notes.db"), "notes, and no database: long enough to be looked at as one")
        .unwrap();
    let (database, used) = (file("notes.db"), format!("cannot listen on {address}: "));
    let cases: [(&[&str], &str); 10] = [
        (&["--listen", &address], &used),
        (&["--listen", "0.0.0.0:0"], "or allow it explicitly (--allow-remote)"),
        (&["--listen", "8080"], "--listen 8080: give an address like 127.0.0.1:8080; see --help"),
        (&["--seed", "abc"], "--seed abc: give a whole number, 0 or more; see --help"),
        (&["--reset"], "name the file with --db; see --help"),
        (
            &["--db", &database],
            "notes.db cannot be used: file is not a database; name another file",
        ),
        (&["--db", &unreachable], "name a file in a folder that is there"),
        (
            &["--scenario", &scenario],
            "wrong.yaml:2:5: fault: there is no fault `unsinged`; faults are:",
        ),
        (&["--schema", &nowhere], "the schema cannot be used"),
        (&["--control-token-file", &unreachable], "state.db: "),
    ];
    for (arguments, expected) in cases {
        let (code, stdout, stderr) = run(&[&["--keys", scratch.path()], arguments].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("wechatpay-sandbox: "), "{stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    let (code, _, stderr) = run(&["--keys", &nowhere]);
    assert!(
        code == 2 && stderr.contains("nowhere: is no folder; make one with --init"),
        "{stderr}"
    );
}

#[test]
fn help_and_version_are_answered() {
    let (code, help, _) = run(&["--help"]);
    assert!(code == 0 && help.contains("--keys DIR") && help.contains("--init DIR"), "{help}");
    assert_eq!(run(&["--version"]).1, format!("wechatpay-sandbox {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn it_sends_a_notification_and_tells_what_was_answered() {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
    };
    let scratch = Scratch::new("notify");
    assert_eq!(run(&["--init", scratch.path()]).0, 0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    let receiver = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = Vec::new();
        // The summary is the last key of the body.
        while !seen.ends_with(b"\"summary\":\"wechatpay-sandbox\"}") {
            let mut piece = [0; 1_024];
            let count = stream.read(&mut piece).unwrap();
            assert!(count > 0, "it ended early");
            seen.extend_from_slice(&piece[..count]);
        }
        stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nlost").unwrap();
        String::from_utf8(seen).unwrap()
    });
    let keys = ["--keys", scratch.path()];
    let (code, stdout, stderr) =
        run(&[&keys[..], &["--notify", "REFUND.SUCCESS", "--to", &url]].concat());
    assert_eq!((code, stderr.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&told["received"], &told["status"]), (&Value::from(false), &Value::from(500)));
    assert_eq!(told["body"], "lost");
    assert!(told["complaints"][0].as_str().unwrap().contains("FAIL"), "{told}");
    let seen = receiver.join().unwrap();
    assert!(seen.starts_with("POST /notify HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("\"event_type\":\"REFUND.SUCCESS\""), "{seen}");
    let (code, _, stderr) = run(&[&keys[..], &["--notify", "NO.SUCH", "--to", &url]].concat());
    assert_eq!(code, 2);
    assert!(stderr.contains("NO.SUCH"), "{stderr}");
}
