//! Which host the next attempt goes to.

use std::time::Duration;

use wechatpay_runtime::{Call, Repeat, Reply, RetryPolicy};

use crate::support::{Act, Answer, Gateway, Punch, away, nowhere, on, unsigned};

fn ok() -> Act {
    Answer::new(200, "{}").bytes().into()
}

fn busy() -> Act {
    Answer::new(429, "{}").bytes().into()
}

fn broken() -> Act {
    unsigned(503, "", "").into()
}

#[test]
fn item_47_what_may_be_repeated_goes_to_the_backup_after_any_failure_of_the_main_host() {
    for act in [Act::close as fn() -> Act, broken, Act::hang] {
        let (main, backup) = (Gateway::script([act]), Gateway::script([ok]));
        let (core, _) = away();
        let operation = on(main.url(), Some(backup.url()), Repeat::Overwrite);
        let call = Call::<Reply>::new(&core, operation, Punch::named("a"));
        assert_eq!(call.timeout(Duration::from_secs(2)).blocking().unwrap().attempts(), 2);
        assert_eq!((main.seen().len(), backup.seen().len()), (1, 1));
    }
}

#[test]
fn item_47_a_refused_pace_stays_on_its_host() {
    let (main, backup) = (Gateway::script([busy, ok]), Gateway::script([ok]));
    let (core, _) = away();
    let operation = on(main.url(), Some(backup.url()), Repeat::Never);
    let reply = Call::<Reply>::new(&core, operation, Punch::named("a")).blocking().unwrap();
    assert_eq!((reply.attempts(), main.seen().len(), backup.seen().len()), (2, 2, 0));
}

#[test]
fn item_47_the_hosts_are_asked_in_turn_and_the_backup_at_once_without_a_connection() {
    let (core, pauses) = away();
    let operation = on(nowhere(), Some(nowhere()), Repeat::Never);
    let call = Call::<Reply>::new(&core, operation, Punch::named("a"));
    let error = call.retry(RetryPolicy::none().attempts(4)).blocking().unwrap_err();
    assert_eq!(error.attempts(), 4);
    assert!(!error.is_outcome_unknown() && error.is_retryable());
    let taken = pauses.taken();
    assert_eq!((taken.len(), taken[0]), (3, Duration::ZERO));
    assert!(taken[1] > Duration::ZERO && taken[2] > Duration::ZERO);

    let (main, backup) = (Gateway::script([broken, ok]), Gateway::script([Act::close]));
    let operation = on(main.url(), Some(backup.url()), Repeat::Overwrite);
    let reply = Call::<Reply>::new(&core, operation, Punch::named("a")).blocking().unwrap();
    assert_eq!((reply.attempts(), main.seen().len(), backup.seen().len()), (3, 2, 1));
    assert!(pauses.taken()[3] > Duration::ZERO, "a host that answered was not out of reach");
}

#[test]
fn without_retries_not_even_the_backup_is_asked() {
    let backup = Gateway::script([ok]);
    let (core, _) = away();
    let operation = on(nowhere(), Some(backup.url()), Repeat::Overwrite);
    let call = Call::<Reply>::new(&core, operation, Punch::named("a"));
    let error = call.retry(RetryPolicy::none()).blocking().unwrap_err();
    assert_eq!((error.attempts(), backup.seen().len()), (1, 0));
}
