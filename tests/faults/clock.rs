//! A machine whose clock is wrong: AWS refuses what is signed more than minutes away from its own time.
//!
//! The lock's lease is counted by CLOCK_BOOTTIME, which no setting of the clock moves (`src/aws/store/keeper.rs`,
//! `src/store/holder.rs`); that a call is signed again with AWS's time is tested with the clients (`src/aws/clock.rs`), as no process of
//! a test can move its clock; what recovery makes of moments in the journal that lie hours away is tested with the
//! engine (`src/engine/tests/killed/lost.rs`).

use crate::killed::{World, network};
use serde_json::json;

/// For good: nothing happens, and the message names the clock.
#[test]
fn a_clock_that_stays_wrong_is_named() {
    let case = &network()[0];
    for code in ["RequestTimeTooSkewed", "RequestExpired"] {
        let world: World = case.world();
        world.proxy.fault(json!({"operation": "*", "action": "code", "code": code, "status": 403, "message": "too skewed"}));
        world.run(case.command).expect(1).says("clock");
        world.proxy.clear_faults();
        assert_eq!(world.left(), Vec::<String>::new());
        world.run(case.command).ok();
    }
}
