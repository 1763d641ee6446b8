//! Answers to the callers whose commits shared a sync.
//!
//! To wake a caller from the writer's thread costs a system call and, where the two share a
//! processor, a switch there and back before the next can be woken. So only one is woken
//! from there, with the answers of all; it hands the others theirs, which among tasks of a
//! runtime costs next to nothing.

use tokio::sync::oneshot;

use crate::error::StoreError;

/// A caller's answer, and those of others whom nobody has told yet.
pub(super) struct Answer {
    own: Result<(), StoreError>,
    others: Others,
}

/// Whom to tell what.
type To = (oneshot::Sender<Answer>, Result<(), StoreError>);

/// Told when this is dropped: whoever has it may go away at any moment, but they must not
/// wait for ever.
struct Others(Vec<To>);

impl Answer {
    /// Tells the others and gives the caller's own.
    pub(super) fn take(self) -> Result<(), StoreError> {
        drop(self.others);
        self.own
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        for (to, own) in self.0.drain(..) {
            let others = Others(Vec::new());
            // A caller that has gone away does not wait for its answer.
            let _gone = to.send(Answer { own, others });
        }
    }
}

/// Answers all.
pub(super) fn send(mut answers: Vec<To>) {
    let others = Others(answers.split_off(1.min(answers.len())));
    if let Some((first, own)) = answers.pop() {
        // If the first has gone away, what it would have been given is dropped.
        let _gone = first.send(Answer { own, others });
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::{Answer, send};
    use crate::error::StoreError;

    /// What some callers get, of whom those of `gone` do not wait any more when they are
    /// answered, and those of `going` go away with their answers unread.
    fn answered(callers: usize, gone: &[usize], going: &[usize]) -> Vec<usize> {
        let mut answers = Vec::new();
        let mut waiting = Vec::new();
        for caller in 0..callers {
            let (answer, result) = oneshot::channel();
            let own = match caller % 2 {
                0 => Ok(()),
                _ => Err(StoreError::Conflict),
            };
            answers.push((answer, own));
            if !gone.contains(&caller) {
                waiting.push((caller, result));
            }
        }
        send(answers);
        let mut told = Vec::new();
        for (caller, mut result) in waiting {
            if going.contains(&caller) {
                continue;
            }
            let answer = result.try_recv().map(Answer::take);
            let is_own = match answer {
                Ok(Ok(())) => caller % 2 == 0,
                Ok(Err(error)) => caller % 2 == 1 && matches!(error, StoreError::Conflict),
                Err(_) => false,
            };
            told.extend(is_own.then_some(caller));
        }
        told
    }

    #[test]
    fn all_are_told_whoever_goes_away() {
        assert_eq!(answered(0, &[], &[]), [0; 0]);
        assert_eq!(answered(1, &[], &[]), [0]);
        assert_eq!(answered(4, &[], &[]), [0, 1, 2, 3]);
        assert_eq!(answered(4, &[0], &[]), [1, 2, 3]);
        assert_eq!(answered(4, &[0, 1, 3], &[]), [2]);
        assert_eq!(answered(4, &[2], &[0]), [1, 3]);
        assert_eq!(answered(4, &[], &[0, 1]), [2, 3]);
        assert_eq!(answered(2, &[0, 1], &[]), [0; 0]);
    }
}
