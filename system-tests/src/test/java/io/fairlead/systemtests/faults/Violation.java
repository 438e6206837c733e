package io.fairlead.systemtests.faults;

/// A promise that was broken.
///
/// @param call id of the call
record Violation(Rule rule, String call, String what) {
    /// The rules that the checker holds a history to.
    enum Rule {
        /// A reply reaches only the request that it answers, and every good reply comes from a handler that
        /// ran.
        WRONG_REPLY("wrong replies"),
        /// Every call ends by its deadline.
        MISSING_REPLY("missing replies"),
        /// A handler whose method is not idempotent runs at most once for a call.
        RUN_TWICE("handlers run twice without permission"),
        /// What is said certainly not to have run has not run.
        FALSE_REFUSAL("refusals of calls that ran"),
        /// UNKNOWN, refusals and closed connections only where a fault touched the call.
        UNTOUCHED_FAILURE("failures of calls that no fault touched");

        private final String text;

        Rule(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
