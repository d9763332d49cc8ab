//! The contract's list on each house: SQLite, MariaDB, three instances on MariaDB and Redis, and three behind a balancer.

use crate::fleet::{Filling, Fleet, mysql_server};
use crate::list;
use std::sync::Arc;

/// What the limited shops have instead of the open ones' settings: the shop's own limits (those by address
/// smaller, because each costs a password's hash), a proxy that tells addresses, and no charging.
const LIMITED: [(&str, &str); 7] = [
    ("ORDER_LIMIT", "1/1s"),
    ("CLAIM_LIMIT", "3/60s"),
    ("FAILURE_LIMIT", "5"),
    ("LOGIN_LIMIT", "2/60s"),
    ("REGISTER_LIMIT", "2/60s"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("CHARGES", "off"),
];

/// Keeps to the whole list and says which of it was not kept.
async fn keep(fleet: Fleet, list: &[(&str, list::Check)]) {
    let fleet = Arc::new(fleet);
    let mut broken = Vec::new();
    for (name, check) in list {
        if tokio::spawn(check(fleet.clone())).await.is_err() {
            broken.push(*name);
        }
    }
    assert_eq!(broken, [""; 0], "of {} checks", list.len());
    Arc::into_inner(fleet).expect("every check is over").close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_on_sqlite() {
    keep(Fleet::on_sqlite(Filling::Demo, &[]).await, &list::OPEN).await;
    keep(Fleet::on_sqlite(Filling::Demo, &LIMITED).await, &list::LIMITED).await;
    keep(Fleet::on_sqlite(Filling::Demo, &[("MAINTENANCE", "on")]).await, &list::CLOSED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_on_one_instance_on_mariadb() {
    let Some(server) = mysql_server() else { return };
    keep(Fleet::on_mysql(&server, Filling::Demo, &[]).await, &list::OPEN).await;
    keep(Fleet::on_mysql(&server, Filling::Demo, &LIMITED).await, &list::LIMITED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_when_each_request_meets_another_of_three_instances() {
    let Some(server) = mysql_server() else { return };
    keep(Fleet::of_three(&server, Filling::Demo, &[]).await, &list::OPEN).await;
    keep(Fleet::of_three(&server, Filling::Demo, &LIMITED).await, &list::LIMITED).await;
}

/// `DAMDA_TEST_BALANCER` and `DAMDA_TEST_MYSQL_URL` are what `end2end/cluster.sh start DIR` writes into `DIR/env`;
/// its shop has the demo, and no limits: `CLUSTER_SETTINGS="ORDER_LIMIT=off CLAIM_LIMIT=off FAILURE_LIMIT=off
/// LOGIN_LIMIT=off REGISTER_LIMIT=off"`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_behind_a_balancer() {
    let Ok(balancer) = std::env::var("DAMDA_TEST_BALANCER") else { return };
    let database = std::env::var("DAMDA_TEST_MYSQL_URL").expect("the database behind the balancer");
    keep(Fleet::behind(&balancer, &database).await, &list::OPEN).await;
}
