package io.fairlead.admin;

import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

/// Who changed what: one line for each write, by the logger `fairlead.audit` at info. Thread-safe.
///
///     who="admin" from="127.0.0.1" what=drain object="gateway" outcome="begun" at=2026-11-22T19:00:00Z
public final class Audit {
    private static final Logger log = LoggerFactory.getLogger("fairlead.audit");
    private static final int MAX_LENGTH = 200;

    private final InstantSource clock;

    Audit(InstantSource clock) {
        this.clock = clock;
    }

    /// A write by the account that this request came with.
    ///
    /// @param what a verb and its kind of object, such as `close-connection`
    /// @param object which one
    /// @param outcome what came of it
    public void record(String what, String object, String outcome) {
        Authentication who = SecurityContextHolder.getContext().getAuthentication();
        record(
                who == null ? "nobody" : who.getName(),
                who == null ? "unknown" : AdminAccount.address(who),
                what,
                object,
                outcome);
    }

    void record(String who, String from, String what, String object, String outcome) {
        log.info(
                "who={} from={} what={} object={} outcome={} at={}",
                quoted(who),
                quoted(from),
                what,
                quoted(object),
                quoted(outcome),
                clock.instant());
    }

    /// A stranger's text can neither end its field nor begin a line.
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints()
                .limit(MAX_LENGTH)
                .map(c -> Character.isISOControl(c) || c == '"' || c == '\\' || c == 0x2028 || c == 0x2029 ? '?' : c)
                .forEach(out::appendCodePoint);
        return out.append('"').toString();
    }
}
