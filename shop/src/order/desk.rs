//! A desk: one worker that takes everything that has arrived, up to a bound, and does it in one go while
//! more arrives. No timers: a lone job is a batch of one and waits for nobody. A job that makes its batch
//! fail fails alone: the others are done again without it.

use crate::database::may_be_one_jobs_fault;
use crate::error::{Error, Fault, caught};
use crate::trace::SPANS;
use crate::watch::{self, Stopwatch};
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument, Span};

/// The most jobs done in one transaction.
pub const BATCH: usize = 256;
/// The most jobs that wait at one desk; beyond it the answer is "too busy", at once.
pub const QUEUE: usize = 8_192;

/// What a desk does with a batch: one result a job, in order; or one error, and nothing was done.
pub type Work<J, A> = Arc<dyn Fn(Vec<J>) -> BoxFuture<'static, Result<Vec<Result<A, Error>>, Error>> + Send + Sync>;

struct Ticket<J, A> {
    job: J,
    answer: oneshot::Sender<Result<A, Error>>,
    /// The wait for that answer, in the trace of who handed the job in.
    span: Span,
}

/// Where jobs are handed in. Dropping the last handle lets the worker finish what waits and stop.
pub struct Desk<J, A> {
    name: &'static str,
    tickets: mpsc::Sender<Ticket<J, A>>,
}

impl<J: Clone + Send + 'static, A: Send + 'static> Desk<J, A> {
    /// Opens a desk with its worker on the current runtime.
    pub fn open(name: &'static str, work: Work<J, A>) -> (Self, tokio::task::JoinHandle<()>) {
        let (tickets, waiting) = mpsc::channel(QUEUE);
        let worker = tokio::spawn(serve(name, waiting, work));
        (Self { name, tickets }, worker)
    }

    /// Hands a job in and waits for its answer.
    ///
    /// # Errors
    /// [`Error::Busy`] at once when the queue is full; otherwise what the work says.
    pub async fn submit(&self, job: J) -> Result<A, Error> {
        let (answer, answered) = oneshot::channel();
        let span = tracing::debug_span!(target: SPANS, "desk", otel.name = self.name, desk = self.name);
        self.tickets.try_send(Ticket { job, answer, span: span.clone() }).map_err(|_| {
            watch::desk_refused(self.name);
            Error::Busy
        })?;
        answered
            .instrument(span)
            .await
            .unwrap_or_else(|_| Err(Fault::Other("the desk closed without an answer".to_owned()).into()))
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.tickets.max_capacity() - self.tickets.capacity()
    }

    /// Tells the figures how many jobs wait.
    pub fn watch_waiting(&self) {
        watch::desk_waiting(self.name, self.waiting());
    }
}

async fn serve<J: Clone + Send + 'static, A: Send + 'static>(
    name: &'static str,
    mut waiting: mpsc::Receiver<Ticket<J, A>>,
    work: Work<J, A>,
) {
    let mut tickets = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut tickets, BATCH).await > 0 {
        let jobs: Vec<J> = tickets.iter().map(|ticket| ticket.job.clone()).collect();
        let span = batch_span(name, &tickets);
        let began = Stopwatch::start();
        let done = attempt(&work, jobs).instrument(span).await;
        watch::desk_worked(name, tickets.len(), began.elapsed());
        match done {
            Ok(answers) => {
                for (ticket, answer) in tickets.drain(..).zip(answers) {
                    // Who no longer waits for the answer finds it by asking again.
                    let _ = ticket.answer.send(answer);
                }
            }
            Err(error) if tickets.len() > 1 && may_be_one_jobs_fault(&error) => {
                tracing::warn!(desk = name, jobs = tickets.len(), %error, "a batch failed, its jobs are done one by one");
                for ticket in tickets.drain(..) {
                    let answer = attempt_alone(&work, ticket.job).instrument(ticket.span).await;
                    let _ = ticket.answer.send(answer);
                }
            }
            Err(error) => {
                tracing::error!(desk = name, jobs = tickets.len(), %error, "a batch failed");
                // A lone job gets the error itself, with all that it says of its cause.
                if tickets.len() == 1
                    && let Some(ticket) = tickets.pop()
                {
                    let _ = ticket.answer.send(Err(error));
                    continue;
                }
                let is_away = matches!(&error, Error::Fault(fault) if fault.is_away());
                let same = if is_away { Fault::Away } else { Fault::Other };
                let text = error.to_string();
                for ticket in tickets.drain(..) {
                    let _ = ticket.answer.send(Err(same(text.clone()).into()));
                }
            }
        }
    }
}

/// A batch is one piece of work for many traces: it stands in that of the job that came first, and the waits of the
/// others and it lead to each other.
fn batch_span<J, A>(desk: &'static str, tickets: &[Ticket<J, A>]) -> Span {
    let Some((first, others)) = tickets.split_first() else { return Span::none() };
    // A trace has no unsigned numbers.
    let jobs = i64::try_from(tickets.len()).unwrap_or(i64::MAX);
    let batch = tracing::debug_span!(target: SPANS, parent: &first.span, "batch", desk, jobs);
    if batch.is_disabled() {
        return batch;
    }
    // All of these before the first of those, with which the batch begins: whether it is collected is decided then.
    for ticket in others {
        batch.follows_from(&ticket.span);
    }
    for ticket in others {
        ticket.span.follows_from(&batch);
    }
    batch
}

/// Runs the work; a panic in it is an error of this batch, not the end of the desk.
async fn attempt<J, A>(work: &Work<J, A>, jobs: Vec<J>) -> Result<Vec<Result<A, Error>>, Error> {
    let count = jobs.len();
    let answers = caught(async { work(jobs).await }).await?;
    if answers.len() == count {
        Ok(answers)
    } else {
        Err(Fault::Broken(format!("{} answers to {count} jobs", answers.len())).into())
    }
}

async fn attempt_alone<J, A>(work: &Work<J, A>, job: J) -> Result<A, Error> {
    let mut answers =
        attempt(work, vec![job]).await.inspect_err(|error| tracing::error!(%error, "a job failed alone"))?;
    answers.pop().unwrap_or_else(|| Err(Fault::Broken("no answer to one job".to_owned()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Semaphore;

    /// Doubles every job; 13 poisons its batch, 99 panics.
    fn doubling(batches: Arc<AtomicUsize>, start: Arc<Semaphore>) -> Work<i64, i64> {
        Arc::new(move |jobs| {
            let (batches, start) = (batches.clone(), start.clone());
            Box::pin(async move {
                batches.fetch_add(1, Ordering::SeqCst);
                let _permit = start.acquire().await.map_err(|_| Fault::Other("closed".to_owned()))?;
                assert!(!jobs.contains(&99), "a panic in the work");
                if jobs.contains(&13) {
                    return Err(Fault::Other("poison".to_owned()).into());
                }
                Ok(jobs.into_iter().map(|job| Ok(job * 2)).collect())
            })
        })
    }

    #[tokio::test]
    async fn what_arrives_while_a_batch_runs_is_one_batch() {
        let (batches, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let (desk, _worker) = Desk::open("test", doubling(batches.clone(), start.clone()));
        let desk = Arc::new(desk);
        let submit = |job| {
            let desk = desk.clone();
            tokio::spawn(async move { desk.submit(job).await })
        };
        let first = submit(0);
        while batches.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let jobs: Vec<_> = (201..300).map(submit).collect();
        while desk.waiting() < 99 {
            tokio::task::yield_now().await;
        }
        start.add_permits(1);
        assert_eq!(first.await.unwrap().unwrap(), 0);
        for (number, job) in (201..).zip(jobs) {
            assert_eq!(job.await.unwrap().unwrap(), number * 2);
        }
        assert_eq!(batches.load(Ordering::SeqCst), 2, "one batch was under way, the rest was the next");
    }

    #[tokio::test]
    async fn a_poisoned_job_fails_alone() {
        for poison in [13, 99] {
            let (batches, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(1)));
            let (desk, _worker) = Desk::open("test", doubling(batches, start));
            let (good, bad, also_good) = tokio::join!(desk.submit(1), desk.submit(poison), desk.submit(3));
            assert_eq!((good.unwrap(), also_good.unwrap()), (2, 6));
            assert!(matches!(bad, Err(Error::Fault(_))));
            assert_eq!(desk.submit(4).await.unwrap(), 8, "the desk goes on");
        }
    }

    #[tokio::test]
    async fn a_lone_job_is_told_its_own_error() {
        let broken: Work<i64, i64> =
            Arc::new(|_| Box::pin(async { Err(Fault::Broken("the books".to_owned()).into()) }));
        let (desk, _worker) = Desk::open("test", broken);
        assert!(matches!(desk.submit(1).await, Err(Error::Fault(Fault::Broken(_)))));
    }

    #[tokio::test]
    async fn a_full_queue_answers_at_once() {
        let (batches, start) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let (desk, _worker) = Desk::open("test", doubling(batches, start));
        let held: Vec<_> = (0..QUEUE + 2 * BATCH).map(|_| Box::pin(desk.submit(1))).collect();
        let mut refused = 0;
        for submit in held {
            if let Some(Err(Error::Busy)) = submit.now_or_never() {
                refused += 1;
            }
        }
        assert_eq!(refused, 2 * BATCH);
    }
}
