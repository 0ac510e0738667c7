use super::ALONE;
use migration::ownership::Protocol;
use testbed::bench::environment::Environment;
use testbed::bench::{Cell, Conditions, Delays, Outcome, Request, figure, run, table};

/// A dozen moves, a half of them without delays, under 500 packet-ins a second.
fn request() -> Request {
    let cell = |delays| {
        let conditions = Conditions { delays, rate: 500, ..Conditions::default() };
        Cell { study: "own", protocol: Protocol::Erc, conditions }
    };
    Request {
        cells: vec![cell(DELAYS), cell(Delays::default())],
        migrations: vec![6, 6],
        seed: 1,
        baton: None,
        place: None,
        ovs: false,
        virtual_time: false,
        crashes: 0,
        environment: Environment::here("disk", "virtual switch"),
    }
}

const DELAYS: Delays = Delays { source_us: 3_000, target_us: 5_000, switch_us: 2_000 };

#[tokio::test(flavor = "multi_thread")]
async fn a_tiny_bench_loses_nothing_and_no_hop_escapes_its_delay() {
    let _alone = ALONE.lock().await;
    let outcome: Outcome = run(&request(), |_| ()).await.unwrap();
    assert!(outcome.is_good(), "{}", table::verdict(&outcome));
    assert_eq!((outcome.migrations, outcome.failed), (12, 0));
    assert!(outcome.answered > 100, "{}", outcome.answered);

    let [delayed, rest] = &outcome.cells[..] else { panic!("two cells were asked for") };
    // 2 dS + 3 dT + 3 dW, the hops of the table: none can be faster than its delay.
    let least = *delayed.totals_us.iter().min().unwrap();
    assert!(least >= 27_000, "a message was not delayed: {least} us");
    let probe = *delayed.probes_us.iter().min().unwrap();
    assert!(probe >= 10_000, "the probe takes each delay once: {probe} us");
    assert_eq!((delayed.probes_us.len(), rest.totals_us.len()), (6, 6));
    assert_eq!(delayed.beyond.map(|beyond| beyond.computed_us), Some(27_000.0));
    assert!(figure::figures(&outcome).iter().any(|figure| figure.name == "own-phases"));
}
