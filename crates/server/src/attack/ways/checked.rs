//! The check alone: a text that it takes runs on a plain connection, over the extended protocol, with nothing else in between.

use async_trait::async_trait;

use super::{Sender, plain, sandbox::Sandbox};
use crate::attack::{AttackError, ground::Site, ran::Ran};

pub(super) struct Checked {
    check: Sandbox,
    plain: plain::Plain,
}

impl Checked {
    pub(super) async fn open(site: &Site<'_>) -> Result<Self, AttackError> {
        let plain = plain::Plain::new(site, plain::Protocol::Extended);
        Ok(Self { check: Sandbox::open(site).await?, plain })
    }
}

#[async_trait]
impl Sender for Checked {
    async fn run(&mut self, statements: &[String]) -> Ran {
        match self.check.verify(&statements.join("; ")).await {
            Ok(()) => self.plain.run(statements).await,
            Err(failure) => {
                let mut ran = Ran::default();
                ran.fail(failure);
                ran
            }
        }
    }

    async fn release(&mut self) {
        self.check.release().await;
    }

    async fn next(&mut self, sql: &str) -> Ran {
        self.plain.next(sql).await
    }

    async fn end(&mut self) {
        self.plain.end().await;
    }

    async fn close(self: Box<Self>) {
        Box::new(self.plain).close().await;
        Box::new(self.check).close().await;
    }
}
