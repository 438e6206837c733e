// What is read of the registry's small JSON texts.
#ifndef FAIRLEAD_JSON_H
#define FAIRLEAD_JSON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The number after `"field":` in a JSON text without spaces, or `otherwise`.
static inline uint64_t json_number(const char *json, const char *field, uint64_t otherwise) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", field);
    const char *at = strstr(json, quoted);
    return at ? strtoull(at + strlen(quoted), NULL, 10) : otherwise;
}

#endif
