// Multitaper power with FFTW, single precision: two tapers share one complex FFT, as its real and imaginary part.
// A competitor of benches/run.py and no part of Slepian: FFTW is under the GPL, and nothing else is linked with it.
//
// fftw FILE OFFSET TRIALS SAMPLES CHANNELS TAPERS_FILE TAPERS FIRST_BIN BINS CHECK_FILE
//
// With Z the transform of taper a plus i times taper b, |Z(f)|² + |Z(-f)|² = 2 (|A(f)|² + |B(f)|²). The last of an odd
// number of tapers is shared by two channels and untangled: A(f) = (Z(f) + Z*(-f)) / 2, B(f) = (Z(f) - Z*(-f)) / 2i.
// Channels are contiguous in memory, which FFTW likes best. FFTW_PATIENT plans single FFTs and batches of 8, in place and
// out of place; the fastest on the recording is taken.

#include <fftw3.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 8 };

// one FFT: the lines it is made of, each a channel and a taper; the second may be missing
typedef struct {
    int channels[2], tapers[2], n_lines;
} Transform;

typedef struct {
    fftwf_plan plan;
    fftwf_complex *in, *out;
    int batch, in_place;
} Plan;

static int n_trials, n_samples, n_channels, n_tapers, first_bin, n_bins;
static float *recording; // (trial, channel, sample)
static float *tapers;    // (taper, sample), scaled
static float *power;     // (trial, channel, bin)
static float *lines;     // (channel, sample): one trial, its means subtracted
static Transform *transforms;
static int n_transforms;

static void die(const char *what) {
    fprintf(stderr, "fftw: %s\n", what);
    exit(1);
}

static void *claim(size_t bytes) {
    void *memory = fftwf_malloc(bytes);
    if (!memory) die("out of memory");
    memset(memory, 0, bytes);
    return memory;
}

static double seconds_of(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

static void read_at(const char *path, long offset, void *to, size_t bytes) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, offset, SEEK_SET) || fread(to, 1, bytes, file) != bytes) die("cannot read a file");
    fclose(file);
}

static void list_transforms(void) {
    transforms = claim(sizeof *transforms * n_channels * (n_tapers + 1));
    for (int c = 0; c < n_channels; c++)
        for (int k = 0; k + 1 < n_tapers; k += 2)
            transforms[n_transforms++] = (Transform){{c, c}, {k, k + 1}, 2};
    if (n_tapers % 2)
        for (int c = 0; c < n_channels; c += 2)
            transforms[n_transforms++] =
                (Transform){{c, c + 1}, {n_tapers - 1, n_tapers - 1}, c + 1 < n_channels ? 2 : 1};
}

static void demean(const float *restrict samples) {
    for (int c = 0; c < n_channels; c++) {
        const float *restrict from = samples + (size_t)c * n_samples;
        float *restrict to = lines + (size_t)c * n_samples;
        double sum = 0;
        for (int t = 0; t < n_samples; t++) sum += from[t];
        const float mean = sum / n_samples;
        for (int t = 0; t < n_samples; t++) to[t] = from[t] - mean;
    }
}

static void taper(const Transform *transform, float *restrict to) {
    const float *restrict x = lines + (size_t)transform->channels[0] * n_samples;
    const float *restrict v = tapers + (size_t)transform->tapers[0] * n_samples;
    if (transform->n_lines == 1) {
        for (int t = 0; t < n_samples; t++) to[2 * t] = v[t] * x[t], to[2 * t + 1] = 0;
        return;
    }
    const float *restrict y = lines + (size_t)transform->channels[1] * n_samples;
    const float *restrict w = tapers + (size_t)transform->tapers[1] * n_samples;
    for (int t = 0; t < n_samples; t++) to[2 * t] = v[t] * x[t], to[2 * t + 1] = w[t] * y[t];
}

static void add_power(const Transform *transform, const float *restrict z, float *of_trial) {
    float *restrict first = of_trial + (size_t)transform->channels[0] * n_bins;
    const float *restrict at = z + 2 * first_bin;
    // the mirror of bin 0 is bin 0
    const int from = first_bin == 0;
    const float *restrict mirror = z + 2 * (size_t)(n_samples - first_bin);
    if (transform->channels[0] == transform->channels[1]) {
        if (from) first[0] += z[0] * z[0] + z[1] * z[1];
        for (int i = from; i < n_bins; i++) {
            const float re = at[2 * i], im = at[2 * i + 1], mre = mirror[-2 * i], mim = mirror[-2 * i + 1];
            first[i] += 0.5f * (re * re + im * im + mre * mre + mim * mim);
        }
        return;
    }
    float *second = transform->n_lines == 2 ? of_trial + (size_t)transform->channels[1] * n_bins : NULL;
    if (from) {
        first[0] += z[0] * z[0];
        if (second) second[0] += z[1] * z[1];
    }
    for (int i = from; i < n_bins; i++) {
        const float re = at[2 * i], im = at[2 * i + 1], mre = mirror[-2 * i], mim = mirror[-2 * i + 1];
        first[i] += 0.25f * ((re + mre) * (re + mre) + (im - mim) * (im - mim));
        if (second) second[i] += 0.25f * ((im + mim) * (im + mim) + (mre - re) * (mre - re));
    }
}

static void compute_trial(const Plan *plan, int trial) {
    float *of_trial = power + (size_t)trial * n_channels * n_bins;
    memset(of_trial, 0, sizeof(float) * n_channels * n_bins);
    demean(recording + (size_t)trial * n_channels * n_samples);
    for (int at = 0; at < n_transforms; at += plan->batch) {
        const int n = n_transforms - at < plan->batch ? n_transforms - at : plan->batch;
        for (int i = 0; i < n; i++) taper(&transforms[at + i], (float *)(plan->in + (size_t)i * n_samples));
        // of the last batch a part may be old numbers, which nobody reads
        fftwf_execute(plan->plan);
        for (int i = 0; i < n; i++) add_power(&transforms[at + i], (float *)(plan->out + (size_t)i * n_samples), of_trial);
    }
}

static void compute(const Plan *plan) {
    for (int trial = 0; trial < n_trials; trial++) compute_trial(plan, trial);
}

static Plan plan(int batch, int in_place) {
    Plan plan = {.batch = batch, .in_place = in_place};
    const size_t bytes = sizeof(fftwf_complex) * batch * n_samples;
    plan.in = claim(bytes);
    plan.out = in_place ? plan.in : claim(bytes);
    plan.plan = fftwf_plan_many_dft(1, &n_samples, batch, plan.in, NULL, 1, n_samples, plan.out, NULL, 1, n_samples,
                                    FFTW_FORWARD, FFTW_PATIENT);
    if (!plan.plan) die("no plan");
    memset(plan.in, 0, bytes);
    return plan;
}

static Plan fastest(void) {
    const Plan plans[] = {plan(1, 0), plan(1, 1), plan(BATCH, 0), plan(BATCH, 1)};
    const int n_plans = sizeof plans / sizeof *plans, n_tried = n_trials < 10 ? n_trials : 10;
    double least[4] = {1e30, 1e30, 1e30, 1e30};
    for (int round = 0; round < 6; round++)
        for (int p = 0; p < n_plans; p++) {
            const double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
            for (int trial = 0; trial < n_tried; trial++) compute_trial(&plans[p], trial);
            const double took = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
            if (took < least[p]) least[p] = took;
        }
    int best = 0;
    for (int p = 1; p < n_plans; p++)
        if (least[p] < least[best]) best = p;
    return plans[best];
}

int main(int argc, char **argv) {
    if (argc != 11) die("expected FILE OFFSET TRIALS SAMPLES CHANNELS TAPERS_FILE TAPERS FIRST_BIN BINS CHECK_FILE");
    const long offset = atol(argv[2]);
    n_trials = atoi(argv[3]), n_samples = atoi(argv[4]), n_channels = atoi(argv[5]);
    n_tapers = atoi(argv[7]), first_bin = atoi(argv[8]), n_bins = atoi(argv[9]);

    const size_t of_trial = (size_t)n_samples * n_channels;
    float *stored = claim(sizeof(float) * n_trials * of_trial);
    read_at(argv[1], offset, stored, sizeof(float) * n_trials * of_trial);
    recording = claim(sizeof(float) * n_trials * of_trial);
    for (int trial = 0; trial < n_trials; trial++)
        for (int t = 0; t < n_samples; t++)
            for (int c = 0; c < n_channels; c++)
                recording[trial * of_trial + (size_t)c * n_samples + t] =
                    stored[trial * of_trial + (size_t)t * n_channels + c];
    fftwf_free(stored);

    const size_t taper_bytes = sizeof(double) * n_tapers * n_samples;
    double *unscaled = claim(taper_bytes);
    read_at(argv[6], 0, unscaled, taper_bytes);
    tapers = claim(taper_bytes / 2);
    // mean over tapers of 2/L |Σ v x exp|²; the root of the factor goes into the tapers
    const double root = sqrt(2.0 / n_samples / n_tapers);
    for (int i = 0; i < n_tapers * n_samples; i++) tapers[i] = root * unscaled[i];
    fftwf_free(unscaled);

    lines = claim(sizeof(float) * of_trial);
    power = claim(sizeof(float) * n_trials * n_channels * n_bins);
    list_transforms();
    const Plan best = fastest();
    compute(&best);

    FILE *check = fopen(argv[10], "wb");
    if (!check) die("cannot write the check file");
    for (int i = 0; i < n_bins; i++)
        for (int c = 0; c < n_channels; c++) {
            const double value = power[(size_t)c * n_bins + i];
            fwrite(&value, sizeof value, 1, check);
        }
    fclose(check);

    printf("{\"versions\": {\"FFTW\": \"%s\"}, \"remark\": \"%s, %s\"}\n", fftwf_version,
           best.batch > 1 ? "batches of 8" : "single FFTs", best.in_place ? "in place" : "out of place");
    fflush(stdout);
    for (int c = getchar(); c != EOF; c = getchar()) {
        if (c != '\n') continue;
        const double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        compute(&best);
        printf("{\"seconds\": %.9f, \"cpu\": %.9f}\n", seconds_of(CLOCK_MONOTONIC) - wall,
               seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
        fflush(stdout);
    }
}
