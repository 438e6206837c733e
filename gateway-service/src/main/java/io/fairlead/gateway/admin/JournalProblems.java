package io.fairlead.gateway.admin;

import io.fairlead.gateway.delivery.NotPossibleException;
import io.fairlead.gateway.journal.StoreException;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/// Says in words why something about messages cannot be told or done.
@RestControllerAdvice(basePackageClasses = JournalProblems.class)
class JournalProblems {
    @ExceptionHandler
    ProblemDetail store(StoreException e) {
        return ProblemDetail.forStatusAndDetail(
                HttpStatus.SERVICE_UNAVAILABLE, "the journal: " + e.kind() + ": " + e.getMessage());
    }

    @ExceptionHandler
    ProblemDetail notPossible(NotPossibleException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.CONFLICT, String.valueOf(e.getMessage()));
    }

    @ExceptionHandler
    ProblemDetail bounds(IllegalArgumentException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
}
