// Latencies in nanoseconds, log-linear: 128 buckets to each power of two, so that a value is known to within 0.8 %. The
// buckets are those of HdrHistogram (Gil Tene) with two significant digits.
#ifndef FAIRLEAD_HISTOGRAM_H
#define FAIRLEAD_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SUB_BITS = 7, SUB = 1 << SUB_BITS, HISTOGRAM_BUCKETS = (64 - SUB_BITS + 1) * SUB };

struct histogram { uint64_t counts[HISTOGRAM_BUCKETS], total, max; };

static inline unsigned histogram_bucket(uint64_t value) {
    if (value < SUB) return (unsigned) value;
    unsigned shift = 63u - (unsigned) __builtin_clzll(value) - SUB_BITS;
    return (shift + 1) * SUB + (unsigned) ((value >> shift) - SUB);
}

// The highest value that falls into a bucket.
static inline uint64_t histogram_top(unsigned bucket) {
    if (bucket < SUB) return bucket;
    unsigned shift = bucket / SUB - 1;
    return ((uint64_t) (bucket % SUB + SUB + 1) << shift) - 1;
}

static inline void histogram_record(struct histogram *h, uint64_t value) {
    h->counts[histogram_bucket(value)]++;
    h->total++;
    if (value > h->max) h->max = value;
}

static inline uint64_t histogram_percentile(const struct histogram *h, double percentile) {
    uint64_t rank = (uint64_t) ((double) h->total * percentile / 100.0), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->counts[i];
        if (seen > rank) return histogram_top(i) < h->max ? histogram_top(i) : h->max;
    }
    return h->max;
}

// Prints `"p50":…,"p99":…,"p999":…,"max":…,"percentiles":{"50":…},` in microseconds.
static inline void histogram_print(const struct histogram *h) {
    static const double all[] = {0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.999, 100};
    printf("\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f,\"percentiles\":{", (double) histogram_percentile(h, 50) / 1e3,
        (double) histogram_percentile(h, 99) / 1e3, (double) histogram_percentile(h, 99.9) / 1e3, (double) h->max / 1e3);
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        printf("%s\"%g\":%.1f", i ? "," : "", all[i], (double) histogram_percentile(h, all[i]) / 1e3);
    }
    printf("},");
}

static inline void histogram_reset(struct histogram *h) { memset(h, 0, sizeof *h); }

#endif
