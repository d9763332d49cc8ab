//! Starting and stopping. Starting: database, shop, checks, jobs, then the door opens. Stopping is the same
//! backwards: no new requests, those inside finish, the jobs end, the desks write what they hold; all of
//! it within ten seconds.

use crate::alerts::Heralds;
use crate::cli::say;
use crate::config::{Config, ConfigError, Database, Intervals, PublicUrl};
use crate::door::{self, Door};
use crate::jobs::Jobs;
use crate::legal::{read_legal, warn_of_missing};
use crate::mail::Post;
use crate::outside::{self, Outside, Services};
use crate::state::{Parts, Web};
use crate::token::Tokens;
use crate::watch::{Watch, door as metrics_door};
use crate::{files, router, seed};
use anyhow::Context;
use app::text::Lang;
use shop::database::{Db, backup, months};
use shop::notice::service::keep_notices;
use shop::ports::{Clock, SystemClock};
use shop::second_factor::SealKey;
use shop::{Settings, Shop};
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long requests may still take once the door is closed …
const LAST_REQUESTS: Duration = Duration::from_secs(5);
/// … and then the jobs and the desks. The last spans of traces have what is left of the ten seconds.
const LAST_WRITES: Duration = Duration::from_secs(3);
/// How long a statement that only reads may go on after that.
const LAST_READS: Duration = Duration::from_secs(1);

/// Opens the database (and brings it up to date), what is configured outside, and the shop on them.
pub async fn open_shop(config: &Config, settings: Settings, migrate: bool) -> anyhow::Result<(Shop, Services)> {
    let db = open_database(config).await?;
    if migrate {
        migrate_database(&db, config).await?;
        if let Err(fault) = months::make_months(&db, SystemClock.now()).await {
            tracing::warn!(%fault, "no months could be made now; the job goes on trying");
        }
    }
    if backup::is_of_a_newer_version(&db)
        .await
        .with_context(|| format!("the database at {} cannot be read", config.database))?
    {
        tracing::warn!(
            "a newer version of this program has brought the database up to date; this one serves on it as it is, which \
             is meant for an upgrade that is under way and for the step back"
        );
    }
    let Outside { ports, services } = outside::connect(config, &db).await?;
    let shop = Shop::open(db, ports, settings);
    shop.take_up().await.with_context(|| format!("the shop at {} could not be taken up", config.database))?;
    Ok((shop, services))
}

/// Writes what the desks hold, then closes the database.
pub async fn close_shop(shop: &Shop) {
    shop.close().await;
    shop.db().close().await;
}

pub async fn migrate_database(db: &Db, config: &Config) -> anyhow::Result<()> {
    db.migrate().await.with_context(|| format!("the database at {} could not be brought up to date", config.database))
}

pub async fn open_database(config: &Config) -> anyhow::Result<Db> {
    make_private(&config.database);
    Db::open_with_owner(config.database.url(), config.owner_database.as_ref().map(Database::url))
        .await
        .with_context(|| format!("the database at {} cannot be opened", config.database))
}

/// A SQLite file that is not there yet is made so that only its owner reads it: it will hold password hashes and
/// what people bought. SQLite gives the files beside it the same rights.
fn make_private(database: &Database) {
    let Database::Sqlite { url, file: Some(file) } = database else { return };
    // With a mode the owner says whether the file may be made at all.
    if url.contains("mode=") || file.exists() {
        return;
    }
    if let Err(error) = File::options().write(true).create_new(true).mode(0o600).open(file) {
        tracing::debug!(%error, "the database's file is left for the database to make");
    }
}

/// Runs the shop until a signal ends it.
pub async fn serve(config: &Config, migrate: bool) -> anyhow::Result<()> {
    outlive_size_limits()?;
    door::raise_file_limit();
    let settings = config.serving_settings()?;
    let listener = listen(config.listen)?;
    let address = listener.local_addr().context("the address that is listened on")?;
    let public_url = match &config.public_url {
        Some(url) => url.clone(),
        None => PublicUrl::parse(&format!("http://{address}")).context("the address that is listened on is no URL")?,
    };
    let post = config.mail.as_ref().map(|mail| Post::open(mail, public_url.as_str())).transpose()?;
    let heralds = Heralds::open(&config.alerts, post.clone(), public_url.as_str())?;
    let metrics_listener = match config.metrics.listen {
        Some(address) => metrics_door::listen(address, config.metrics.chosen).await?,
        None => None,
    };
    // Last of what may be wrong with the settings: this one may write a file.
    let signing_key = config.signing_key()?;
    let tokens = Tokens::new(&signing_key, config.token_ttl);
    let settings = Settings { seal_key: SealKey::of_secret(signing_key.reveal().as_bytes()), ..settings };
    let (shop, services) = open_shop(config, settings, migrate).await?;
    let is_watched = metrics_listener.is_some() || config.metrics.token.is_some();
    let watch = if is_watched { Watch::begin(&shop, config.metrics.token.clone())? } else { Watch::default() };
    let watch = watch.counting_people_by(&signing_key);
    let demo = seed::find_demo_logins(&shop).await?;
    seed::refuse_published_passwords(address, &demo)?;
    let legal = read_legal(config, !demo.is_empty())?;
    // An order may name a notice only when it is kept.
    keep_notices(&shop, &legal.notice_texts())
        .await
        .with_context(|| format!("the database at {} cannot be written", config.database))?;
    greet(&shop, address, &public_url, !demo.is_empty()).await?;
    warn_of_missing(legal.seller(Lang::Ko));
    let failing = shop.settings().failing_payments;
    if failing > 0 {
        tracing::warn!(
            "DEMO_FAIL_PAYMENTS is on: {failing} of 100 payments fail on purpose, and are given back by the recovery"
        );
    }
    if config.is_in_maintenance {
        tracing::warn!("MAINTENANCE is on: shoppers find the shop closed, operators get in at /admin");
    }
    let web = Web::from(Parts {
        shop,
        tokens,
        public_url: Arc::new(public_url),
        proxies: Arc::new(config.trusted_proxies.clone()),
        services,
        watch,
        cors: Arc::new(config.cors.clone()),
        is_demo: !demo.is_empty(),
        legal: Arc::new(legal),
        is_in_maintenance: config.is_in_maintenance,
    });
    run(
        Doors { shop: listener, metrics: metrics_listener },
        web,
        &config.intervals,
        Outlets { post, heralds },
        stop_signal()?,
    )
    .await
}

/// What is listened on.
pub struct Doors {
    pub shop: TcpListener,
    pub metrics: Option<TcpListener>,
}

impl From<TcpListener> for Doors {
    fn from(shop: TcpListener) -> Self {
        Self { shop, metrics: None }
    }
}

/// The ways out to people.
#[derive(Clone, Default)]
pub struct Outlets {
    /// For letters.
    pub post: Option<Post>,
    /// For notices of alerts.
    pub heralds: Option<Heralds>,
}

/// Serves until `stop` is done, then ends in good order.
pub async fn run(
    doors: impl Into<Doors>,
    web: Web,
    intervals: &Intervals,
    outlets: Outlets,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let shop = web.shop.clone();
    let mut jobs = Jobs::start(&shop, intervals, outlets.post);
    jobs.keep_watch(&shop, &web.watch);
    jobs.watch_alerts(&shop, intervals.alerts, &web.watch, outlets.heralds);
    let doors = doors.into();
    let (closing, closed) = watch::channel(false);
    let close = async move {
        stop.await;
        tracing::info!("stopping: nothing new is taken, what is here is finished");
        closing.send_replace(true);
    };
    if let Some(listener) = doors.metrics {
        let serving = metrics_door::serve(listener, web.watch.clone(), shop.clone(), closed.clone());
        jobs.run_until_closed(async move {
            if let Err(error) = serving.await {
                tracing::error!(error = %format!("{error:#}"), "metrics are no longer served");
            }
        });
    }
    let serving = Door::of_this_process().serve(doors.shop, router::router(web), closed.clone());
    tokio::select! {
        _ = async { tokio::join!(serving, close) } => {}
        () = cut_off(closed) => tracing::warn!("some requests did not finish within {LAST_REQUESTS:?} and were cut off"),
    }
    let last_writes = async {
        jobs.stop().await;
        shop.close().await;
    };
    if timeout(LAST_WRITES, last_writes).await.is_err() {
        tracing::warn!("the desks did not finish within {LAST_WRITES:?}; recovery will finish their orders");
    }
    if timeout(LAST_READS, shop.db().close()).await.is_err() {
        tracing::info!("the database is still reading for a check of the books, which nobody waits for");
    }
    tracing::info!("stopped");
    Ok(())
}

async fn cut_off(mut closed: watch::Receiver<bool>) {
    // The sender is gone only when serving has ended by itself.
    if closed.wait_for(|closed| *closed).await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(LAST_REQUESTS).await;
}

fn listen(address: SocketAddr) -> Result<TcpListener, ConfigError> {
    door::listen(address).map_err(|error| {
        ConfigError::new(match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("LISTEN is {address}, where another program listens already: stop that one or choose another port")
            }
            _ => format!("LISTEN is {address}, which cannot be listened on ({error}): choose an address of this machine and a free port"),
        })
    })
}

/// Without a listener the signal that comes with a write past `ulimit -f` would end the shop; with one, that write
/// is an error like that of a full disk. Its number is that of Linux on every processor but MIPS.
fn outlive_size_limits() -> anyhow::Result<()> {
    const SIGXFSZ: i32 = 25;
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop).context("the signal of a file that is too large")
}

fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// What the owner should know at the start.
async fn greet(shop: &Shop, address: SocketAddr, public_url: &PublicUrl, demo: bool) -> anyhow::Result<()> {
    say(format!("Damda is open at {public_url} (listening on {address})."));
    if demo {
        say("This is the demo: its passwords are published, so only this machine can reach it.");
        if public_url.is_https() {
            tracing::warn!("PUBLIC_URL is {public_url}, yet the demo's published passwords still work: set new ones");
        }
    } else if seed::is_empty(shop).await? {
        say("The shop is empty. Fill it with the demo:   damda seed --demo");
        say("or with your own goods:                     damda product import FILE.csv");
        say("and make yourself an operator:              damda admin create you@example.com");
    }
    if !files::are_embedded() {
        tracing::warn!(
            "this program was built without the site's files: pages have no styles; run `make site` and build again"
        );
    }
    Ok(())
}
