//! What becomes of a shop when its files are in trouble, and of the file that is to be kept: a disk that is full, a
//! size that may not be passed, a server that may only be read, a backup in the middle of a sale and the way back
//! to it. As in [`degradation`](crate::degradation), every request is answered for good afterwards, and wallets
//! and stock say the same as the answers. `docs/backup.md` and `docs/degradation.md` say what is tried here.

use crate::client::{Answer, Client};
use crate::degradation::{BUYERS, Buyers, FULL_WALLET, HASTY, PRICE, STOCK, assert_only, settle, word};
use crate::fleet::{Filling, Fleet, new_database, until};
use crate::mariadb::MariaDb;
use crate::program::{code, damda, err, folder, out, succeeds};
use sqlx::Connection;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What shoppers may see meanwhile: nothing was done, or something was and is given back.
const ALLOWED: [&str; 4] = ["201", "202", "409 order_expired", UNWRITTEN];
/// The answer while nothing can be written.
const UNWRITTEN: &str = "503 service_unavailable";

fn runs(program: &str, arguments: &[&str]) -> bool {
    let ran = Command::new(program).args(arguments).output();
    ran.is_ok_and(|output| output.status.success())
}

/// A disk of its own, so small that it can be filled.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` for who may not mount: only root may, as a rule.
    fn mount(size: &str) -> Option<Self> {
        let folder = folder();
        let path = folder.path().to_str()?.to_owned();
        runs("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", &path]).then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room that is left, with one file.
    fn fill(&self) {
        let mut file = File::create(self.path().join("filling")).expect("a file");
        for block in [vec![0; 65_536], vec![0; 4_096], vec![0; 512]] {
            while file.write_all(&block).is_ok() {}
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let path = self.path().to_string_lossy().into_owned();
        // Whoever still holds a file of it ends with the test.
        let _ = runs("umount", &["--lazy", &path]);
    }
}

fn refuses(answer: Answer) -> bool {
    word(&Some(answer)) == UNWRITTEN
}

/// Shoppers buy until `shut` has made it impossible; gives one more, who has bought nothing.
async fn sell_until_refused(shop: &Fleet, shut: impl AsyncFnOnce()) -> (Client, Buyers) {
    let product = shop.product(PRICE, STOCK).await;
    let mut shoppers = shop.shoppers();
    let (witness, last) = (shoppers.pop().expect("shoppers"), shoppers.pop().expect("shoppers"));
    let mut buyers = Buyers::begin(&shoppers, product);
    buyers.sell(50).await;
    shut().await;
    buyers.join_until_refused(&last, UNWRITTEN).await;
    // What can be read is shown, and the instance keeps its traffic.
    shop.visitor.get(&format!("/api/v1/products/{product}")).await.expect(200);
    shop.visitor.get("/readyz").await.expect(200);
    (witness, buyers)
}

/// They buy on, of the same process.
async fn sell_again(shop: &Fleet, buyers: Buyers) -> BTreeMap<String, usize> {
    buyers.sell(50).await;
    let mut seen = settle(shop, vec![buyers]).await;
    assert_only(&seen, &ALLOWED);
    assert!(seen.remove(UNWRITTEN) > Some(0), "{seen:?}");
    seen
}

/// Shoppers buy while `shut` makes writing impossible, and buy on after `reopen`.
async fn sell_through(
    shop: &Fleet,
    shut: impl AsyncFnOnce(),
    meanwhile: impl AsyncFnOnce(),
    reopen: impl AsyncFnOnce(),
) -> BTreeMap<String, usize> {
    let (witness, buyers) = sell_until_refused(shop, shut).await;
    until("a charge is refused too", async || refuses(witness.charge(1_000).await)).await;
    until("a claim is refused too", async || refuses(witness.claim("FCFS100").await)).await;
    meanwhile().await;
    reopen().await;
    sell_again(shop, buyers).await
}

/// The log says once what to do, and nothing panicked.
#[track_caller]
fn assert_told(log: &str, sentence: &str) {
    assert!(log.contains(sentence), "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_no_order_and_is_over_when_there_is_room_again() {
    let Some(disk) = SmallDisk::mount("24m") else { return };
    let database = format!("sqlite://{}", disk.path().join("damda.db").display());
    let shop = Fleet::open(&database, 1, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let copy = disk.path().join("copy.db");
    let backup = async || {
        let said = shop.run(&["backup", copy.to_str().expect("UTF-8")]);
        assert_eq!(code(&said), 3, "{}", err(&said));
        assert!(err(&said).contains("free some space"), "{}", err(&said));
    };
    sell_through(
        &shop,
        async || disk.fill(),
        backup,
        async || {
            let files: Vec<_> = std::fs::read_dir(disk.path()).expect("a folder").collect();
            assert_eq!(
                files.len(),
                4,
                "database, its log and index, the filling, and nothing of the backup: {files:?}"
            );
            std::fs::remove_file(disk.path().join("filling")).expect("removed");
        },
    )
    .await;
    assert_told(&shop.log(0), "free some space on the disk that holds the database");
    succeeds(&shop.run(&["backup", copy.to_str().expect("UTF-8")]));
    shop.close();
}

#[test]
fn a_shop_that_may_not_be_written_says_so_at_the_start() {
    let disk = SmallDisk::mount("24m");
    let folder = folder();
    let path = disk.as_ref().map_or(folder.path(), SmallDisk::path);
    let run = |command: &str| damda(path, &[command], &[]).output().expect("the program runs");
    succeeds(&run("migrate"));
    // Root may write whatever the modes say, but not to a disk that is mounted for reading.
    if disk.is_some() {
        assert!(runs("mount", &["-o", "remount,ro", path.to_str().expect("UTF-8")]));
    } else {
        for (path, mode) in [(path.join("damda.db"), 0o444), (path.to_owned(), 0o555)] {
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
        }
    }
    let key = damda(path, &["serve"], &[]).output().expect("the program runs");
    assert_eq!(code(&key), 2, "{}", err(&key));
    assert!(
        err(&key).contains("JWT_SECRET is not set and") && err(&key).contains("write it and its folder"),
        "{}",
        err(&key)
    );
    let key = [("JWT_SECRET", "a key for tests, long enough to be taken")];
    let said = damda(path, &["serve"], &key).output().expect("the program runs");
    if disk.is_none() {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("a mode");
    }
    assert_eq!(code(&said), 3, "{}", err(&said));
    let text = err(&said);
    let last = text.trim_end().lines().last().unwrap_or_default();
    assert!(last.starts_with("damda: the database at sqlite://damda.db"), "{text}");
    assert!(last.contains("its folder") && last.contains("the shop's account"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_on_the_size_of_files_ends_no_shop_and_loses_no_order() {
    let shop = Fleet::on_sqlite(Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let pid = shop.instances[0].pid();
    let limit = async |size: &str| {
        assert!(runs("prlimit", &["--pid", &pid, &format!("--fsize={size}:")]), "{size}");
    };
    // The shop's own log stays below it for a while; the database's is past it by now.
    sell_through(&shop, async || limit("16384").await, async || {}, async || limit("unlimited").await).await;
    assert_told(&shop.log(0), "look at the disk that holds the database");
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_may_only_be_read_loses_no_order_and_is_over_when_it_may_be_written() {
    let Some(server) = MariaDb::start() else { return };
    // As a shop's account should be: it has no say over the server, and its being read-only holds it.
    let database = new_database(&server.url).await;
    let name = database.rsplit('/').next().expect("a name");
    let ask_server = async |script: &str| {
        let mut connection = sqlx::MySqlConnection::connect(&server.url).await.expect("the server");
        sqlx::raw_sql(sqlx::AssertSqlSafe(script.to_owned())).execute(&mut connection).await.expect(script);
        connection.close().await.expect("closed");
    };
    ask_server(&format!("CREATE USER 'plain'@'%' IDENTIFIED BY 'plain'; GRANT ALL ON {name}.* TO 'plain'@'%'")).await;
    let database = database.replace("damda:damda@", "plain:plain@");
    let shop = Fleet::open(&database, 1, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let read_only = async |on: &str| ask_server(&format!("SET GLOBAL read_only = {on}")).await;
    sell_through(&shop, async || read_only("1").await, async || {}, async || read_only("0").await).await;
    assert_told(&shop.log(0), "or the server: it is read-only");
    shop.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_mariadb_loses_no_order_and_is_over_when_there_is_room_again() {
    let Some(disk) = SmallDisk::mount("200m") else { return };
    let Some(server) = MariaDb::start_small(disk.path()) else { return };
    let database = new_database(&server.url).await;
    let shop = Fleet::open(&database, 1, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    // Tables that still have room take what fits: charges and claims go on until theirs is used up.
    let (_, buyers) = sell_until_refused(&shop, async || disk.fill()).await;
    std::fs::remove_file(disk.path().join("filling")).expect("removed");
    sell_again(&shop, buyers).await;
    assert_told(&shop.log(0), "free some space on the disk that holds the database");
    shop.close();
}

/// Orders that were sold, and won that are in wallets, as a file of a shop says.
async fn orders_and_won(file: &Path) -> (i64, i64) {
    let url = format!("sqlite://{}?mode=ro", file.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a file of a shop");
    let sql = "SELECT (SELECT COUNT(*) FROM orders WHERE status = 'COMPLETED'), (SELECT SUM(balance) FROM wallets)";
    let figures = sqlx::query_as(sql).fetch_one(&mut connection).await.expect("figures");
    connection.close().await.expect("closed");
    figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_in_the_middle_of_a_sale_is_one_moment_and_the_shop_can_go_back_to_it() {
    let mut shop = Fleet::on_sqlite(Filling::Load { shoppers: BUYERS }, &HASTY).await;
    let product = shop.product(PRICE, STOCK).await;
    let buyers = Buyers::begin(&shop.shoppers(), product);
    let folder = shop.folder().to_owned();
    let file = |name: &str| folder.join(name);
    let mut sizes = Vec::new();
    for copy in ["first.db", "second.db", "third.db"] {
        buyers.sell(100).await;
        let before = orders_and_won(&file("damda.db")).await;
        let said = succeeds(&shop.run(&["backup", copy]));
        let after = orders_and_won(&file("damda.db")).await;
        assert!(said.contains("invariants hold") && said.contains("as it was at one moment"), "{said}");
        let mode = std::fs::metadata(file(copy)).expect("the copy").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
        let (orders, won) = orders_and_won(&file(copy)).await;
        assert!(before.0 <= orders && orders <= after.0, "{before:?} {orders} {after:?}");
        assert!(before.0 < after.0, "the sale went on meanwhile");
        // An order that is under way may have paid already.
        let paid = i64::try_from(BUYERS).expect("few") * FULL_WALLET - won;
        let under_way = paid / PRICE - orders;
        assert!(paid % PRICE == 0 && (0..=i64::try_from(BUYERS).expect("few")).contains(&under_way), "{paid} {orders}");
        let checked =
            Command::new("sqlite3").args([file(copy).to_str().expect("UTF-8"), "PRAGMA journal_mode"]).output();
        assert_eq!(String::from_utf8_lossy(&checked.expect("sqlite3 runs").stdout).trim(), "delete", "it is one file");
        sizes.push((copy, orders));
    }
    assert!(sizes.windows(2).all(|pair| pair[0].1 < pair[1].1), "{sizes:?}");

    let whole = std::fs::read(file("second.db")).expect("the copy");
    let again = shop.run(&["backup", "second.db"]);
    assert_eq!((code(&again), out(&again).as_str()), (2, ""));
    assert!(err(&again).contains("second.db is there already"), "{}", err(&again));
    assert_eq!(std::fs::read(file("second.db")).expect("the copy"), whole, "it is as it was");
    settle(&shop, vec![buyers]).await;
    for instance in shop.instances.drain(..) {
        let said = tokio::task::block_in_place(|| instance.stop());
        assert!(said.status.success(), "{said:?}");
    }

    // The way back, as docs/backup.md says.
    for (step, instead) in [
        ("mkdir aside", vec![]),
        ("cp backup", vec![("backup-2026-11-26.db", "second.db")]),
        ("chown --reference", vec![]),
    ] {
        let line = documented(step, &instead);
        let ran = Command::new("sh").args(["-c", &line]).current_dir(&folder).output().expect("sh runs");
        assert!(ran.status.success(), "{line}: {}", err(&ran));
    }
    shop.verify();
    let before = orders_and_won(&file("damda.db")).await;
    assert_eq!(before.0, sizes[1].1);
    let server = shop.start(1, &[]).ready().await;
    let shopper = Client::to(vec![server.base.clone()]).with_token(&shop.shoppers()[0].token());
    let balance = shopper.balance().await;
    shopper.buy(product, 1).await.expect(201);
    assert_eq!(shopper.balance().await, balance - PRICE);
    assert!(tokio::task::block_in_place(|| server.stop()).status.success());
    assert!(orders_and_won(&file("damda.db")).await.0 > before.0);
    let left: Vec<_> = std::fs::read_dir(&folder).expect("a folder").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().ends_with(".new")), "{left:?}");
    shop.close();
}

/// The lines of docs/backup.md that begin so, with what stands for the test's own in place of what stands there.
fn documented(beginning: &str, instead: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/backup.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with(beginning)).collect();
    assert_eq!(lines.len(), 1, "{beginning}: {lines:?}");
    instead.iter().fold(lines[0].to_owned(), |line, (there, here)| {
        assert!(line.contains(there), "{line} has no {there}");
        line.replace(there, here)
    })
}

/// A file from which the server's own programs read where it is, and who asks.
fn write_client_file(path: &Path, server: &MariaDb, user: &str) {
    let (host, port) = (server.address().ip(), server.address().port());
    let text = format!("[client]\nhost={host}\nport={port}\nuser={user}\npassword={user}\n");
    std::fs::write(path, text).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_mariadb_in_the_middle_of_a_sale_is_one_moment_and_comes_back_whole() {
    let Some(server) = MariaDb::start() else { return };
    assert!(runs("mariadb-dump", &["--version"]), "mariadb-dump is missing: run scripts/setup.sh test");
    let database = new_database(&server.url).await;
    let name = database.rsplit('/').next().expect("a name").to_owned();
    let shop = Fleet::open(&database, 1, Filling::Load { shoppers: BUYERS }, &HASTY).await;
    // The account that the page names, with its rights.
    let accounts = include_str!("../../../deploy/mysql-accounts.sql");
    let rights = accounts.lines().find(|line| line.contains("TO 'damda_owner'")).expect("the owner's rights");
    let mut connection = sqlx::MySqlConnection::connect(&server.url).await.expect("the server");
    let rights = rights.replace(" damda.", &format!(" {name}."));
    let script = format!("CREATE USER 'damda_owner'@'%' IDENTIFIED BY 'damda_owner'; {rights}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&mut connection).await.expect("an account");
    connection.close().await.expect("closed");
    let folder = shop.folder().to_owned();
    write_client_file(&folder.join("dump.cnf"), &server, "damda_owner");
    write_client_file(&folder.join("admin.cnf"), &server, "damda");

    let run = |line: String| {
        let said = tokio::task::block_in_place(|| Command::new("sh").args(["-c", &line]).current_dir(&folder).output());
        let said = said.expect("sh runs");
        assert!(said.status.success(), "{line}: {}", err(&said));
    };
    let dump = || {
        run(documented("mariadb-dump", &[("/etc/damda/dump.cnf", "dump.cnf"), (" damda ", &format!(" {name} "))]));
    };
    // Gives what `damda verify` says of the database that was made of it.
    let bring_back = |to: &str| {
        let admin = ("mariadb ", "mariadb --defaults-extra-file=admin.cnf ");
        run(documented("mariadb --execute", &[admin, ("damda_back", to)]));
        run(documented("mariadb damda_back", &[admin, ("damda_back", to)]));
        let place = format!("{}/{to}", server.url);
        let verified = shop.run_with(&["verify"], &[("DATABASE_URL", &place)]);
        assert_eq!(code(&verified), 0, "{}{}", out(&verified), err(&verified));
        out(&verified)
    };
    let buyers = Buyers::begin(&shop.shoppers(), shop.product(PRICE, STOCK).await);
    buyers.sell(100).await;
    dump();
    let meanwhile = bring_back(&format!("{name}_meanwhile"));
    buyers.sell(100).await;
    settle(&shop, vec![buyers]).await;
    let afterwards = out(&shop.run(&["verify"]));
    assert_ne!(meanwhile, afterwards, "the sale had gone on");
    dump();
    assert_eq!(bring_back(&format!("{name}_afterwards")), afterwards);

    // It is a shop: it sells, and what is kept for good cannot be rewritten.
    let place = format!("{}/{name}_afterwards", server.url);
    let again = shop.start(1, &[("DATABASE_URL", &place)]).ready().await;
    let shopper = Client::to(vec![again.base.clone()]).with_token(&shop.shoppers()[0].token());
    shopper.buy(1, 1).await.expect(201);
    let mut connection = sqlx::MySqlConnection::connect(&place).await.expect("the database");
    let rewrite =
        sqlx::query("UPDATE point_transactions SET amount = amount + 1 LIMIT 1").execute(&mut connection).await;
    assert!(rewrite.expect_err("a trigger").to_string().contains("insert-only"));
    connection.close().await.expect("closed");
    assert!(tokio::task::block_in_place(|| again.stop()).status.success());
    shop.close();
}
