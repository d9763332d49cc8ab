//! stub
use super::*;
use crate::error::Fault;
use crate::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;
#[derive(Default)]
pub struct LocalGate;
pub struct LocalEvents;
#[async_trait]
impl Events for LocalEvents {
    async fn publish(&self, _e: &[Event]) -> Result<(), Fault> {
        todo!()
    }
}
#[async_trait]
impl Gate for LocalGate {
    async fn take(&self, _: &str, _: Limit, _: Timestamp) -> Result<LimitAnswer, Fault> {
        todo!()
    }
    async fn count_failure(&self, _: &str, _: u32, _: Duration, _: Timestamp) -> Result<Option<Timestamp>, Fault> {
        todo!()
    }
    async fn forget_failures(&self, _: &str) -> Result<(), Fault> {
        todo!()
    }
    async fn find_block(&self, _: &str, _: Timestamp) -> Result<Option<Timestamp>, Fault> {
        todo!()
    }
    async fn take_coupon(&self, _: &str, _: i64) -> Result<Option<bool>, Fault> {
        todo!()
    }
    async fn return_coupon(&self, _: &str) -> Result<(), Fault> {
        todo!()
    }
    async fn set_issued(&self, _: &str, _: i64) -> Result<(), Fault> {
        todo!()
    }
    async fn forget_coupon(&self, _: &str) -> Result<(), Fault> {
        todo!()
    }
    async fn lock(&self, _: &str, _: Duration, _: Timestamp) -> Result<Option<LockToken>, Fault> {
        todo!()
    }
    async fn unlock(&self, _: &LockToken) -> Result<(), Fault> {
        todo!()
    }
}
