package io.fairlead.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.password.DelegatingPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.authentication.WebAuthenticationDetails;

/// Knows the one account. Thread-safe.
///
/// Wrong passwords are bounded for each address: [FailedLogins]. The hash lives in this process alone and is made anew
/// at each start, so it need not withstand a stolen table of hashes; it is a cheap one because every request pays it.
final class AdminAccount implements AuthenticationProvider {
    static final String ROLE = "ADMIN";

    /// 2^6 rounds, about 4 ms.
    private static final int BCRYPT_STRENGTH = 6;

    private final PasswordEncoder encoder =
            new DelegatingPasswordEncoder("bcrypt", Map.of("bcrypt", new BCryptPasswordEncoder(BCRYPT_STRENGTH)));
    private final byte[] username;
    private final @Nullable String hash;
    private final FailedLogins failures = new FailedLogins();
    private final Audit audit;
    private final LongSupplier nanos;

    AdminAccount(AdminProperties properties, Audit audit, LongSupplier nanos) {
        this.username = properties.username().getBytes(UTF_8);
        String password = properties.password();
        this.hash =
                password == null || password.startsWith(AdminProperties.BCRYPT) ? password : encoder.encode(password);
        this.audit = audit;
        this.nanos = nanos;
    }

    /// Whether anybody can log in at all.
    boolean exists() {
        return hash != null;
    }

    /// Too many wrong passwords came from this address.
    static final class TooManyFailures extends AuthenticationException {
        private final long retryAfterSeconds;

        TooManyFailures(long retryAfterSeconds) {
            super("too many wrong passwords from this address; try again in " + retryAfterSeconds + " s");
            this.retryAfterSeconds = retryAfterSeconds;
        }

        long retryAfterSeconds() {
            return retryAfterSeconds;
        }
    }

    @Override
    public Authentication authenticate(Authentication claim) {
        String address = address(claim);
        FailedLogins.Address attempts = failures.of(address);
        // One at a time from each address: else a thousand guesses sent at once would count as one.
        synchronized (attempts) {
            long waitSeconds = attempts.waitSeconds(nanos.getAsLong());
            if (waitSeconds > 0) {
                throw new TooManyFailures(waitSeconds);
            }
            if (!matches(claim)) {
                attempts.failed(nanos.getAsLong());
                audit.record(claim.getName(), address, "login", "account", "refused: wrong name or password");
                throw new BadCredentialsException("wrong name or password");
            }
            attempts.succeeded();
        }
        UsernamePasswordAuthenticationToken known = UsernamePasswordAuthenticationToken.authenticated(
                claim.getName(), null, List.of(new SimpleGrantedAuthority("ROLE_" + ROLE)));
        known.setDetails(claim.getDetails());
        return known;
    }

    /// Takes as long for a wrong name as for a wrong password.
    private boolean matches(Authentication claim) {
        boolean name = MessageDigest.isEqual(username, claim.getName().getBytes(UTF_8));
        boolean password = encoder.matches(String.valueOf(claim.getCredentials()), hash);
        return name && password;
    }

    static String address(Authentication authentication) {
        return authentication.getDetails() instanceof WebAuthenticationDetails details
                ? String.valueOf(details.getRemoteAddress())
                : "unknown";
    }

    @Override
    public boolean supports(Class<?> authentication) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(authentication);
    }
}
