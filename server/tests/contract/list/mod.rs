//! The contract, row by row: each check is one promise of the API, its good answers and its bad ones. A check
//! knows only the shop it is given, leaves it whole, and may meet another instance with every request.

mod accounts;
mod closed;
mod coupons;
mod edges;
mod limits;
mod orders;
mod pages;
mod products;
mod wallet;

use crate::fleet::Fleet;
use futures::FutureExt;
use futures::future::BoxFuture;
use std::sync::Arc;

/// One promise, kept or a panic.
pub type Check = fn(Arc<Fleet>) -> BoxFuture<'static, ()>;

macro_rules! checks {
    ($($module:ident: $($name:ident)+;)+) => {
        [$($((stringify!($name), |shop| async move { $module::$name(&shop).await }.boxed()),)+)+]
    };
}

/// Of a shop whose limits are off.
pub static OPEN: [(&str, Check); 29] = checks! {
    accounts:
        a_person_registers_logs_in_and_reads_their_account
        an_address_is_taken_once_whatever_its_case
        what_is_wrong_with_a_registration_is_named_all_at_once
        a_wrong_password_and_an_unknown_address_read_the_same
        nothing_private_answers_without_a_good_token;
    products:
        a_product_shows_its_price_and_stock
        a_list_is_walked_to_its_end_without_gaps_or_repeats
        a_search_is_a_literal_substring
        what_is_not_for_sale_is_not_found
        what_sold_most_comes_first
        an_unknown_parameter_or_value_is_refused_by_name;
    wallet:
        a_charge_is_credited_and_stands_in_the_statement
        an_amount_outside_the_rules_changes_nothing
        a_wallet_holds_ten_million_and_no_more
        a_charge_is_done_once_for_each_key;
    coupons:
        a_coupon_is_claimed_once_and_shows_among_ones_own
        what_cannot_be_claimed_says_why
        the_last_piece_is_the_last;
    orders:
        an_order_with_a_coupon_is_bought_and_shown
        an_order_outside_the_rules_changes_nothing
        what_the_shop_cannot_sell_is_refused_with_its_facts
        an_order_is_done_once_for_each_key
        an_order_is_its_owners_alone_and_lists_are_paged;
    edges:
        a_body_that_is_no_json_or_too_large_or_of_another_type_is_refused
        unknown_addresses_and_methods_are_problems
        a_problem_is_told_in_the_language_asked_for
        the_api_is_data_and_has_its_headers
        a_living_shop_says_so_and_documents_itself;
    pages:
        pages_open_and_private_ones_ask_who_it_is;
};

/// Of a shop with limits, and without charging.
pub static LIMITED: [(&str, Check); 5] = checks! {
    limits:
        orders_are_limited_and_a_replay_costs_nothing
        claims_are_limited_whatever_their_answer
        failures_in_a_row_block_until_a_success
        logins_and_registrations_are_limited_by_address
        charging_is_forbidden_where_it_is_off;
};

/// Of a shop that is closed for a while.
pub static CLOSED: [(&str, Check); 1] = checks! {
    closed: a_closed_shop_says_for_how_long;
};
