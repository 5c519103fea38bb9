//! The pure planner: from configuration and refreshed state to a plan.
