//! What can be typed: `damda`, and what follows it. Results go to stdout in plain sentences, logs and
//! complaints to stderr. Exit codes: 0 done, 1 a "no" (something is broken, refused or not there), 2 wrong
//! usage or settings, 3 a fault.

use crate::backup::backup;
use crate::config::{Config, ConfigError};
use crate::logs::log_to_stderr;
use crate::mail::Post;
use crate::problem::sources;
use crate::secret::random_password;
use crate::seed::{self, Seeded};
use crate::seed_load::{TOKENS_LAST, seed_load};
use crate::serve::{close_shop, migrate_database, open_database, open_shop, serve};
use crate::telemetry::Telemetry;
use crate::token::Tokens;
use crate::transfer;
use anyhow::Context;
use app::text::{Lang, error_text, import_text};
use clap::{Args, Parser, Subcommand};
use shop::database::{Db, months};
use shop::failpoints;
use shop::load::history::fill_with_history;
use shop::operator::{By, OperatorRole, service as operators};
use shop::ports::{Clock, Ports, SystemClock, TestClock};
use shop::product::{import, service as products};
use shop::second_factor::service as second_factors;
use shop::user::User;
use shop::user::rules::email_problem;
use shop::user::service as users;
use shop::{Settings, Shop, verify};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const NO: u8 = 1;
const USAGE: u8 = 2;
const FAULT: u8 = 3;

/// Damda (담다): a web shop for digital goods.
#[derive(Debug, Parser)]
#[command(
    name = "damda",
    version,
    about,
    after_help = "Settings come from the environment or a TOML file (DAMDA_CONFIG, else ./damda.toml).\nExit codes: 0 done, 1 refused or broken, 2 wrong usage or settings, 3 a fault."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the shop (also without any command)
    Serve {
        /// Leave the database's tables as they are
        #[arg(long)]
        no_migrate: bool,
    },
    /// Bring the database up to date
    Migrate,
    /// Fill an empty shop
    Seed {
        /// With a demo catalogue, coupons, one operator and one shopper
        #[arg(long, required_unless_present_any = ["load", "large"], conflicts_with_all = ["load", "large"])]
        demo: bool,
        /// For load tests: with shoppers whose wallets are full, 101 products and the coupon FCFS100
        #[arg(long, requires_all = ["users", "tokens"])]
        load: bool,
        /// To see how it is with much in it: a month of orders, a tenth as many shoppers, a hundredth as many products
        #[arg(long, conflicts_with = "load")]
        large: bool,
        /// How many orders, 100 to 10,000,000
        #[arg(
            long,
            value_name = "N",
            requires = "large",
            default_value_t = 1_000_000,
            value_parser = clap::value_parser!(u32).range(100..=10_000_000)
        )]
        orders: u32,
        /// How many shoppers, 1 to 1,000,000
        #[arg(long, value_name = "N", requires = "load", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        users: Option<u32>,
        /// Where their tokens go, one a line, good for 24 hours
        #[arg(long, value_name = "FILE", requires = "load")]
        tokens: Option<PathBuf>,
    },
    /// Check every invariant of money, stock and coupons
    Verify,
    /// Copy the shop's SQLite file while it serves, and check the copy
    #[command(
        long_about = "Copy the shop's SQLite file while it serves, and check the copy.\n\nThe copy is that of one moment, whatever is bought meanwhile: a database that can be served as it is. It holds password hashes: only its owner can read it. Exit code 0 means that the copy is whole and that its books add up. docs/backup.md says how to go back to one, and what to do on MySQL."
    )]
    Backup {
        /// A file that is not there yet
        file: PathBuf,
    },
    /// Write the whole shop into one file, to move it to another database
    #[command(
        long_about = "Write the whole shop into one file, to move it to another database.\n\nThe file is that of one moment, whatever goes on meanwhile; to move a shop, stop it first. It holds password hashes: only its owner can read it. The settings are those of DATABASE_URL's shop."
    )]
    Export {
        /// A file that is not there yet
        file: PathBuf,
    },
    /// Fill an empty database from such a file, and check it
    #[command(
        long_about = "Fill an empty database from a file that `damda export` wrote, all or nothing, whatever the engines, and check every invariant afterwards.\n\nLogins, orders, request ids and events that wait go on as they were. The database in DATABASE_URL is made and brought up to date; it must hold no shop, and nothing may serve it meanwhile."
    )]
    Import {
        /// What `damda export` wrote
        file: PathBuf,
    },
    /// Operators
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Letters
    #[command(subcommand)]
    Mail(MailCommand),
    /// Products
    #[command(subcommand)]
    Product(ProductCommand),
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make an operator
    Create {
        email: String,
        /// How the operator is called [default: the part before the @]
        #[arg(long)]
        name: Option<String>,
        /// What they may do: viewer, support, manager or owner, each all that the ones before may
        #[arg(long, default_value = "owner", value_parser = ["viewer", "support", "manager", "owner"])]
        role: String,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Second factors
    #[command(subcommand)]
    SecondFactor(SecondFactorCommand),
    /// Give an account another role among operators; it is signed out everywhere
    Role {
        email: String,
        /// `none` makes it a shopper's again
        #[arg(value_parser = ["none", "viewer", "support", "manager", "owner"])]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
enum SecondFactorCommand {
    /// Forget the second factor of an operator who lost it; they are signed out everywhere
    Reset { email: String },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Give an account a new password; it is signed out everywhere
    ResetPassword {
        email: String,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Keep a person out: signed out everywhere, and no password opens the account
    Freeze { email: String },
    /// Let a frozen person in again
    Unfreeze { email: String },
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    /// Send one letter and say what became of it
    Test {
        address: String,
        /// The letter's language, `ko` or `en`
        #[arg(long, default_value = "ko", value_parser = ["ko", "en"])]
        lang: String,
    },
}

#[derive(Debug, Subcommand)]
enum ProductCommand {
    /// Add or update products from a CSV file, all or nothing
    Import { file: PathBuf },
}

#[derive(Debug, Args)]
struct PasswordSource {
    /// Read the password from the first line of standard input; otherwise one is made and printed
    #[arg(long)]
    password_stdin: bool,
}

/// How long the threads of a program that has ended are waited for.
const LAST_THREADS: Duration = Duration::from_millis(500);

/// One line of results. A reader that went away is no fault of ours.
pub fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// One line of complaints.
pub fn complain(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "damda: {text}");
}

/// The whole program.
pub fn main() -> ExitCode {
    failpoints::arm_from_environment();
    let cli = Cli::parse();
    let result = Config::from_environment().map_err(anyhow::Error::from).and_then(|config| {
        let command = cli.command.unwrap_or(Command::Serve { no_migrate: false });
        // What an owner types is nobody's request.
        let telemetry = match (&command, &config.telemetry) {
            (Command::Serve { .. }, Some(settings)) => Some(Telemetry::prepare(settings)?),
            _ => None,
        };
        log_to_stderr(&config, telemetry.as_ref())?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let done = runtime.block_on(Box::pin(run(command, &config, telemetry)));
        // What still runs (a password that is hashed, a name that is looked up) belongs to nobody any more.
        runtime.shutdown_timeout(LAST_THREADS);
        done
    });
    match result {
        Ok(code) => code,
        Err(error) => {
            let (text, code) = explain(&error);
            complain(text);
            ExitCode::from(code)
        }
    }
}

/// The sentence for an error and its exit code.
fn explain(error: &anyhow::Error) -> (String, u8) {
    if let Some(config) = error.downcast_ref::<ConfigError>() {
        return (config.to_string(), USAGE);
    }
    match error.downcast_ref::<shop::Error>() {
        None | Some(shop::Error::Fault(_)) => (sources(error.as_ref()), FAULT),
        Some(no) => (error_text(Lang::En, no), NO),
    }
}

async fn run(command: Command, config: &Config, telemetry: Option<Telemetry>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { no_migrate } => {
            let sending = telemetry.map(Telemetry::begin_sending);
            let served = serve(config, !no_migrate).await;
            if let Some(sending) = sending {
                sending.finish().await;
            }
            served.map(|()| ExitCode::SUCCESS)
        }
        Command::Migrate => migrate(config).await,
        Command::Seed { users: Some(users), tokens: Some(tokens), .. } => seed_load_test(config, users, &tokens).await,
        Command::Seed { large: true, orders, .. } => seed_large(config, orders).await,
        Command::Seed { .. } => seed_demo(config).await,
        Command::Verify => verify_shop(config).await,
        Command::Backup { file } => backup(config, &file).await,
        Command::Export { file } => transfer::export(config, &file).await,
        Command::Import { file } => transfer::import(config, &file).await,
        Command::Admin(AdminCommand::Create { email, name, role, password }) => {
            create_operator(config, &email, name, &role, &password).await
        }
        Command::Admin(AdminCommand::SecondFactor(SecondFactorCommand::Reset { email })) => {
            reset_second_factor(config, &email).await
        }
        Command::Admin(AdminCommand::Role { email, role }) => change_role(config, &email, &role).await,
        Command::User(UserCommand::ResetPassword { email, password }) => {
            reset_password(config, &email, &password).await
        }
        Command::User(UserCommand::Freeze { email }) => freeze_user(config, &email).await,
        Command::User(UserCommand::Unfreeze { email }) => unfreeze_user(config, &email).await,
        Command::Mail(MailCommand::Test { address, lang }) => test_mail(config, &address, &lang).await,
        Command::Product(ProductCommand::Import { file }) => import_products(config, &file).await,
    }
}

async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    let db = open_database(config).await?;
    migrate_database(&db, config).await?;
    months::make_months(&db, SystemClock.now()).await.context("the months to come could not be made")?;
    // So that SQLite leaves one file and no log beside it.
    db.close().await;
    say(format!("The database at {} is up to date.", config.database));
    Ok(ExitCode::SUCCESS)
}

/// The shop for its owner: up to date, and without the limits that hold shoppers.
async fn open(config: &Config) -> anyhow::Result<Shop> {
    open_shop(config, config.owner_settings(), true).await.map(|(shop, _)| shop)
}

async fn seed_demo(config: &Config) -> anyhow::Result<ExitCode> {
    // Nobody is behind the demo's addresses.
    let (shop, _) = open_shop(config, Settings { mail_on: false, ..config.owner_settings() }, true).await?;
    let seeded = seed::seed_demo(&shop).await;
    close_shop(&shop).await;
    match seeded? {
        Seeded::Filled { products, coupons } => {
            say(format!(
                "The shop is filled: {products} products, {coupons} coupons, two accounts. Their passwords are published; change them before others can reach the shop."
            ));
            say("");
            seed::print_logins();
            Ok(ExitCode::SUCCESS)
        }
        Seeded::Already => {
            say("The shop is already filled with the demo; nothing was changed.");
            Ok(ExitCode::SUCCESS)
        }
        Seeded::NotEmpty => {
            complain(
                "this shop is not empty, and the demo only goes into an empty one: name a new file in DATABASE_URL",
            );
            Ok(ExitCode::from(NO))
        }
    }
}

async fn seed_load_test(config: &Config, users: u32, file: &Path) -> anyhow::Result<ExitCode> {
    let tokens = Tokens::new(&config.signing_key()?, TOKENS_LAST);
    let shop = open(config).await?;
    let seeded = seed_load(&shop, &tokens, users, file).await;
    close_shop(&shop).await;
    if !seeded? {
        complain("this shop is not empty, and a load test needs an empty one: name a new database in DATABASE_URL");
        return Ok(ExitCode::from(NO));
    }
    say(format!(
        "The shop is filled for a load test: {users} shoppers with full wallets, 101 products, the coupon FCFS100. \
         Their tokens are in {}, good for 24 hours; they share one password that nobody knows.",
        file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

async fn seed_large(config: &Config, orders: u32) -> anyhow::Result<ExitCode> {
    let db = open_database(config).await?;
    migrate_database(&db, config).await?;
    // Its clock is moved through a month; nothing outside hears of it, and no letter is queued.
    let clock = Arc::new(TestClock::at(SystemClock.now()));
    let settings = Settings { mail_on: false, ..config.owner_settings() };
    let shop = Shop::open(db, Ports::local(clock.clone()), settings);
    let told = |done| say(format!("  … {done} of {orders} orders"));
    let filled = fill_with_history(&shop, &clock, orders, &random_password(), told).await;
    close_shop(&shop).await;
    let Some(filled) = filled? else {
        complain("this shop is not empty, and so many orders need an empty one: name a new database in DATABASE_URL");
        return Ok(ExitCode::from(NO));
    };
    say(format!(
        "The shop has a month of orders: {} in all, {} completed, {} refused, {} expired or given back.",
        filled.orders, filled.completed, filled.rejected, filled.given_up
    ));
    Ok(ExitCode::SUCCESS)
}

async fn verify_shop(config: &Config) -> anyhow::Result<ExitCode> {
    transfer::refuse_missing_file(&config.database)?;
    let db = open_database(config).await?;
    let holds = report_checks(&db).await?;
    db.close().await;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(NO) })
}

/// Checks every invariant and says how each stands; gives whether all hold.
pub async fn report_checks(db: &Db) -> anyhow::Result<bool> {
    let checks = verify::verify_shop(db).await?;
    let broken = checks.iter().filter(|check| !check.holds()).count();
    for check in &checks {
        let gap = check.gap.map(|gap| format!(", off by {gap}")).unwrap_or_default();
        say(format!("{:<7} {}: {}{gap}", if check.holds() { "holds" } else { "BROKEN" }, check.name, check.figure));
        for row in &check.broken {
            say(format!("        {row}"));
        }
    }
    if broken == 0 {
        say(format!("All {} invariants hold.", checks.len()));
    } else {
        say(format!("{broken} of {} invariants do not hold.", checks.len()));
    }
    Ok(broken == 0)
}

async fn create_operator(
    config: &Config,
    email: &str,
    name: Option<String>,
    role: &str,
    source: &PasswordSource,
) -> anyhow::Result<ExitCode> {
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or(email).to_owned());
    let password = source.read()?;
    let role = OperatorRole::from_text(role).context("no such role")?;
    let shop = open(config).await?;
    let created = users::create_operator(&shop, email, &name, password.text(), role).await;
    close_shop(&shop).await;
    say(format!("{} is an operator, with the role {}.", created?.email, role.as_str()));
    password.print();
    Ok(ExitCode::SUCCESS)
}

async fn change_role(config: &Config, email: &str, role: &str) -> anyhow::Result<ExitCode> {
    let shop = open(config).await?;
    let changed = change_role_of(&shop, email, OperatorRole::from_text(role)).await;
    close_shop(&shop).await;
    let Some(user) = somebody(email, changed)? else { return Ok(ExitCode::from(NO)) };
    say(format!("{} has the role {role} and is signed out everywhere.", user.email));
    Ok(ExitCode::SUCCESS)
}

async fn change_role_of(shop: &Shop, email: &str, role: Option<OperatorRole>) -> Result<User, shop::Error> {
    let user = users::find_user_by_email(shop, email).await?.ok_or(shop::Error::NotFound)?;
    operators::set_operator_role(shop, By::CommandLine, user.id, role).await?;
    Ok(user)
}

async fn reset_password(config: &Config, email: &str, source: &PasswordSource) -> anyhow::Result<ExitCode> {
    let password = source.read()?;
    let shop = open(config).await?;
    let reset = users::reset_password(&shop, email, password.text()).await;
    close_shop(&shop).await;
    let Some(user) = somebody(email, reset)? else { return Ok(ExitCode::from(NO)) };
    say(format!("{} has a new password and is signed out everywhere.", user.email));
    password.print();
    Ok(ExitCode::SUCCESS)
}

/// The account of this address, or a complaint that there is none.
fn somebody(email: &str, found: Result<User, shop::Error>) -> anyhow::Result<Option<User>> {
    match found {
        Ok(user) => Ok(Some(user)),
        Err(shop::Error::NotFound) => {
            complain(format!("nobody has an account as {email}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn reset_second_factor(config: &Config, email: &str) -> anyhow::Result<ExitCode> {
    let shop = open(config).await?;
    let reset = second_factors::reset_second_factor(&shop, email).await;
    close_shop(&shop).await;
    match reset {
        Ok(user) => {
            say(format!(
                "{} has no second factor any more: signed out everywhere, the password alone opens it.",
                user.email
            ));
            Ok(ExitCode::SUCCESS)
        }
        Err(shop::Error::NotFound) => {
            complain(format!("nobody has the address {email} and a second factor"));
            Ok(ExitCode::from(NO))
        }
        Err(error) => Err(error.into()),
    }
}

async fn freeze_user(config: &Config, email: &str) -> anyhow::Result<ExitCode> {
    let shop = open(config).await?;
    let frozen = users::freeze_user(&shop, email).await;
    close_shop(&shop).await;
    let Some(user) = somebody(email, frozen)? else { return Ok(ExitCode::from(NO)) };
    say(format!("{} is frozen: signed out everywhere, and kept out until `damda user unfreeze`.", user.email));
    Ok(ExitCode::SUCCESS)
}

async fn unfreeze_user(config: &Config, email: &str) -> anyhow::Result<ExitCode> {
    let shop = open(config).await?;
    let unfrozen = users::unfreeze_user(&shop, email).await;
    close_shop(&shop).await;
    let Some(user) = somebody(email, unfrozen)? else { return Ok(ExitCode::from(NO)) };
    say(format!("{} may log in again.", user.email));
    Ok(ExitCode::SUCCESS)
}

/// Needs no database: only the way out is tried.
async fn test_mail(config: &Config, address: &str, lang: &str) -> anyhow::Result<ExitCode> {
    let Some(mail) = &config.mail else {
        return Err(ConfigError::new(
            "MAIL is off: set it to `file:FOLDER` or `smtp://USER:PASSWORD@HOST:PORT`, and MAIL_FROM to the sender",
        )
        .into());
    };
    if email_problem(address).is_some() {
        complain(format!("{} is no e-mail address: write it like name@example.com", address.escape_debug()));
        return Ok(ExitCode::from(USAGE));
    }
    let public_url =
        config.public_url.as_ref().map_or_else(|| format!("http://{}", config.listen), ToString::to_string);
    let post = Post::open(mail, &public_url)?;
    match post.send_test(address, Lang::from_code(lang).unwrap_or_default(), SystemClock.now()).await {
        Ok(()) => {
            say(format!("A letter to {address} was handed to {}.", mail.route));
            Ok(ExitCode::SUCCESS)
        }
        Err(not_sent) => {
            complain(format!("the letter to {address} was not taken by {}: {}", mail.route, not_sent.said));
            Ok(ExitCode::from(NO))
        }
    }
}

async fn import_products(config: &Config, path: &Path) -> anyhow::Result<ExitCode> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) => {
            complain(format!("{} cannot be read ({error}): name a CSV file", path.display()));
            return Ok(ExitCode::from(USAGE));
        }
    };
    let drafts = match import::read_products(std::io::BufReader::new(file)) {
        Ok(drafts) => drafts,
        Err(problems) => {
            for problem in &problems {
                for error in &problem.errors {
                    let said = import_text(Lang::En, problem.line, error);
                    complain(format!("line {}, {}: {said}", problem.line, error.field));
                }
            }
            complain(format!("nothing was imported: {} lines are wrong", problems.len()));
            return Ok(ExitCode::from(NO));
        }
    };
    let shop = open(config).await?;
    let saved = products::save_products(&shop, drafts).await;
    close_shop(&shop).await;
    let saved = saved?;
    say(format!("{} products were added and {} updated.", saved.added, saved.updated));
    Ok(ExitCode::SUCCESS)
}

enum Password {
    Given(String),
    Made(String),
}

impl PasswordSource {
    fn read(&self) -> anyhow::Result<Password> {
        if !self.password_stdin {
            return Ok(Password::Made(random_password()));
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("no password could be read from standard input")?;
        Ok(Password::Given(line.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

impl Password {
    fn text(&self) -> &str {
        match self {
            Self::Given(text) | Self::Made(text) => text,
        }
    }

    fn print(&self) {
        if let Self::Made(text) = self {
            say(format!("Password: {text}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_typed_is_understood() {
        let table = [
            ("damda", true),
            ("damda serve --no-migrate", true),
            ("damda migrate", true),
            ("damda seed --demo", true),
            ("damda seed", false),
            ("damda seed --load --users 10 --tokens tokens.txt", true),
            ("damda seed --load --users 10", false),
            ("damda seed --load --tokens tokens.txt", false),
            ("damda seed --load --users 0 --tokens tokens.txt", false),
            ("damda seed --load --demo --users 10 --tokens tokens.txt", false),
            ("damda seed --demo --users 10", false),
            ("damda seed --large", true),
            ("damda seed --large --orders 1000", true),
            ("damda seed --large --orders 99", false),
            ("damda seed --orders 1000", false),
            ("damda seed --large --demo", false),
            ("damda verify", true),
            ("damda backup shop.db", true),
            ("damda backup", false),
            ("damda export shop.jsonl", true),
            ("damda export", false),
            ("damda import shop.jsonl", true),
            ("damda import", false),
            ("damda admin create a@b.co --name Kim --password-stdin", true),
            ("damda admin create a@b.co --role support", true),
            ("damda admin create a@b.co --role root", false),
            ("damda admin create", false),
            ("damda admin role a@b.co none", true),
            ("damda admin role a@b.co", false),
            ("damda user reset-password a@b.co", true),
            ("damda user freeze a@b.co", true),
            ("damda user unfreeze a@b.co", true),
            ("damda user freeze", false),
            ("damda mail test a@b.co --lang en", true),
            ("damda mail test a@b.co --lang fr", false),
            ("damda product import goods.csv", true),
            ("damda products", false),
        ];
        for (line, good) in table {
            assert_eq!(Cli::try_parse_from(line.split(' ')).is_ok(), good, "{line}");
        }
    }

    #[test]
    fn an_error_has_a_sentence_and_a_code() {
        let config = anyhow::Error::from(ConfigError::new("LISTEN is wrong: correct it"));
        assert_eq!(explain(&config), ("LISTEN is wrong: correct it".to_owned(), USAGE));
        assert_eq!(explain(&shop::Error::EmailTaken.into()).1, NO);
        assert_eq!(explain(&anyhow::anyhow!("no").context("the database")), ("the database: no".to_owned(), FAULT));
    }
}
