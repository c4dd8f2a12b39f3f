/* The market's choice step in C: the algorithm of sim/mechanisms/demand.py, equation for equation.

   benchmarks/choice_step.py compiles this file, fills the structs below with pointers to the
   arrays of a Market (it reads the names and types from here) and compares results and speed.
   Equations: docs/odd.md, sections 7.2 and 7.4. One thread; blocks of BLOCK people, as there. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#ifndef BLOCK
#define BLOCK 256
#endif
enum { N_SLOTS = 12, N_VENUES = 5, N_CHANNELS = 4, MOST_BRANDS = 65, MOST_OFFERS = N_SLOTS + 3 * 8 };
enum { RIVAL = 1, DIRECT = 2, BAZAAR = 3, MALL = 4 };
enum { AWARENESS = 19, NEED = 30, NOTICE = 31, SALIENCE = 32, LISTING = 33, TASTE = 34, NEST = 35, OUTSIDE = 36,
       MALL_ENTRY = 69 }; /* purposes of luck, as in sim/randomness.py */

typedef struct {
    const int64_t *key; const float *value; const float *price_sensitivity; const float *need_per_week;
    const float *trust; const bool *is_naive; const bool *uses_bazaar; const bool *uses_mall;
    const bool *uses_rival; const bool *knows; const int8_t *wealth_fifth; const int32_t *slot_shop;
    const bool *slot_is_friend; const float *slot_satisfied; const float *slot_total;
    const int16_t *slot_last_week; int64_t *surplus; int64_t *informed_surplus;
} People;
typedef struct {
    const int64_t *owner; const int32_t *brand; const int64_t *price; const int32_t *platform;
    const int32_t *n_posts; const bool *ships_fakes; const float *likes; const double *rating_satisfied;
    const double *rating_total; const int32_t *rating_week; const double *badge;
} Shops;
typedef struct {
    const int32_t *brand; const int32_t *seller; const int64_t *price; const bool *is_open;
    const bool *sells_fakes; const double *rating_satisfied; const double *rating_total;
    const int32_t *rating_week;
} Listings;
typedef struct { const double *quality; const double *awareness; int64_t n_brands; } Brands;
typedef struct {
    double dissimilarity; double tie_value; double notice; int64_t n_shops_considered;
    int64_t n_brands_considered; double prior_weight; double ratings_read; double likes_counted;
    double quality_fake; int64_t n_bazaar_sellers;
} Taste;
typedef struct { const double *hassle; const double *refund; const double *rating_weight; double mall_entry; } Terms;
typedef struct { const double *decay; const double *share_seen; int64_t seed; int64_t week; double growth; } Moment;
typedef struct {
    int32_t *buyer; int32_t *venue; int32_t *shop; int32_t *listing; int32_t *brand; bool *from_friend;
    int64_t *price; double *belief; float *trust; double *true_chance; bool *is_genuine;
} Orders;
typedef struct { int64_t *needs; int64_t *surplus; int64_t *surplus_naive; int64_t *informed_surplus; } Counts;

typedef struct { /* what all stages read */
    const Moment *now; const People *people; const Shops *shops; const Listings *listings; const Brands *brands;
    const Taste *taste; const Terms *terms;
} World;
typedef struct { double even, odd; } Pair;
typedef struct { /* row k of a block: offers k*width ... , channel after channel up to end[k][channel] */
    int64_t width;
    int32_t source[BLOCK * MOST_OFFERS], venue[BLOCK * MOST_OFFERS], end[BLOCK][N_CHANNELS];
    bool from_friend[BLOCK * MOST_OFFERS];
    double belief[BLOCK * MOST_OFFERS], utility[BLOCK * MOST_OFFERS], true_utility[BLOCK * MOST_OFFERS];
} Offers;

/* Philox4x32-10 (Salmon et al. 2011): key (seed, purpose), counter (block, person, week). */
static inline Pair uniform_pair(const Moment *now, uint32_t purpose, uint32_t week, int64_t person, uint64_t block) {
    uint32_t c0 = (uint32_t)block, c1 = (uint32_t)(block >> 32), c2 = (uint32_t)person, c3 = week;
    uint32_t k0 = (uint32_t)now->seed, k1 = purpose;
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1, c3 = (uint32_t)p0;
        k0 += 0x9E3779B9, k1 += 0xBB67AE85;
    }
    int64_t even = (int64_t)(((uint64_t)c0 << 32 | c1) >> 12), odd = (int64_t)(((uint64_t)c2 << 32 | c3) >> 12);
    return (Pair){((double)even + 0.5) * 0x1p-52, ((double)odd + 0.5) * 0x1p-52};
}
static inline double uniform(const Moment *now, uint32_t purpose, uint32_t week, int64_t person, uint64_t item) {
    Pair u = uniform_pair(now, purpose, week, person, item >> 1);
    return item & 1 ? u.odd : u.even;
}
static inline double gumbel(double u) { return -log(-log(u)); }
/* ln S of Kanter (1975), S positive stable with Laplace transform exp(-t^d). */
static inline double log_positive_stable(double d, double u, double v) {
    if (d == 1.0) return 0.0;
    double theta = M_PI * u, rest = log(sin((1.0 - d) * theta)) - log(-log(v));
    return log(sin(d * theta)) - log(sin(theta)) / d + ((1.0 - d) / d) * rest;
}
/* Q = (kT + fwS + s + l) / (k + fwN + n + l), f = min(1, ratings_read / N). */
static inline double believed_chance(const Taste *taste, double trust, double weight, double rated_satisfied,
                                     double rated_total, double satisfied, double total, double likes) {
    double share = rated_total > taste->ratings_read ? weight * (taste->ratings_read / rated_total) : weight;
    double good = taste->prior_weight * trust + share * rated_satisfied + satisfied + likes;
    return good / (taste->prior_weight + share * rated_total + total + likes);
}
/* V = alpha (value Q + refund (1-Q) p + tie - p - hassle). */
static inline double utility(double alpha, double value, double Q, double refund, double p, double tie, double hassle) {
    return alpha * ((((value * Q + (refund * (1.0 - Q)) * p) + tie) - p) - hassle);
}
static inline void put_value(const World *w, int64_t person, int64_t at, double Q, double true_Q, int64_t fen,
                             bool friend, Offers *offers) {
    double alpha = w->people->price_sensitivity[person], value = w->people->value[person];
    int64_t venue = offers->venue[at];
    double price = fen / 100.0, refund = w->terms->refund[venue], hassle = w->terms->hassle[venue];
    double tie = friend ? w->taste->tie_value : 0.0;
    offers->from_friend[at] = friend, offers->belief[at] = Q;
    offers->utility[at] = utility(alpha, value, Q, refund, price, tie, hassle);
    offers->true_utility[at] = utility(alpha, value, true_Q, refund, price, tie, hassle);
}

/* A need comes with chance 1 - exp(-x), x = need_per_week * growth. */
static int64_t find_needs(const World *w, int64_t first, int64_t last, int32_t *rows) {
    const Moment *now = w->now; const People *people = w->people;
    int64_t n_needs = 0;
    for (int64_t person = first; person < last; person++) {
        double x = people->need_per_week[person] * now->growth;
        double u = uniform(now, NEED, now->week, people->key[person], 0);
        if (u < x && u < 1.0 - exp(-x)) rows[n_needs++] = (int32_t)person;
    }
    return n_needs;
}
/* A shop in a slot is noticed with chance 1 - exp(-notice * share seen * posts); smallest rank first. */
static void consider_shops(const World *w, int64_t n_rows, const int32_t *rows, Offers *offers) {
    const Moment *now = w->now; const People *people = w->people; const Shops *shops = w->shops;
    const Taste *taste = w->taste;
    for (int64_t k = 0; k < n_rows; k++) {
        int64_t person = rows[k], n_found = 0, slot_of[N_SLOTS];
        const int32_t *slot_shop = people->slot_shop + person * N_SLOTS;
        double rank_of[N_SLOTS];
        for (int64_t slot = 0; slot < N_SLOTS; slot++) {
            int64_t shop = slot_shop[slot];
            if (shop < 0 || (shops->platform[shop] == RIVAL && !people->uses_rival[person])) continue;
            Pair u = uniform_pair(now, NOTICE, now->week, people->key[person], shops->owner[shop]);
            if (u.even >= 1.0 - exp(-taste->notice * now->share_seen[person] * shops->n_posts[shop])) continue;
            int64_t place = n_found++;
            for (; place > 0 && (u.odd < rank_of[place - 1] || (u.odd == rank_of[place - 1] &&
                   shops->owner[shop] < shops->owner[slot_shop[slot_of[place - 1]]])); place--)
                slot_of[place] = slot_of[place - 1], rank_of[place] = rank_of[place - 1];
            slot_of[place] = slot, rank_of[place] = u.odd;
        }
        if (n_found > taste->n_shops_considered) n_found = taste->n_shops_considered;
        for (int64_t n = 0, at = k * offers->width; n < n_found; n++, at++) {
            int64_t slot = person * N_SLOTS + slot_of[n], shop = people->slot_shop[slot], venue = shops->platform[shop];
            double ratings_left = now->decay[now->week - shops->rating_week[shop]];
            double left = now->decay[now->week - people->slot_last_week[slot]];
            double chance = believed_chance(
                taste, people->trust[person * N_VENUES + venue], w->terms->rating_weight[venue],
                shops->rating_satisfied[shop] * ratings_left, shops->rating_total[shop] * ratings_left,
                people->slot_satisfied[slot] * left + shops->badge[shop],
                people->slot_total[slot] * left + shops->badge[shop],
                people->is_naive[person] ? fmin(taste->likes_counted, shops->likes[shop]) : 0.0);
            bool fake = shops->ships_fakes[shop];
            double true_chance = fake ? taste->quality_fake : w->brands->quality[shops->brand[shop]];
            offers->source[at] = shop, offers->venue[at] = venue;
            put_value(w, person, at, chance, true_chance, shops->price[shop], people->slot_is_friend[slot], offers);
        }
        offers->end[k][0] = n_found;
    }
}
/* Brands in the order that they come to mind: their stores if known, an open bazaar seller, the mall. */
static void find_listings(const World *w, int64_t n_rows, const int32_t *rows, Offers *offers) {
    const Moment *now = w->now; const People *people = w->people; const Brands *brands = w->brands;
    const Taste *taste = w->taste;
    int64_t n_brands = brands->n_brands, n_sellers = taste->n_bazaar_sellers, order[MOST_BRANDS];
    int64_t most = taste->n_brands_considered < n_brands ? taste->n_brands_considered : n_brands;
    double rank[MOST_BRANDS];
    for (int64_t k = 0; k < n_rows; k++) {
        int64_t person = rows[k], key = people->key[person], row = k * offers->width, n = offers->end[k][0];
        for (int64_t b = 0; b < n_brands; b += 2) {
            Pair u = uniform_pair(now, SALIENCE, now->week, key, b >> 1);
            rank[b] = u.even, rank[b + 1] = u.odd;
        }
        for (int64_t b = 0; b < n_brands; b++) {
            int64_t place = b;
            for (; place > 0 && rank[b] < rank[order[place - 1]]; place--) order[place] = order[place - 1];
            order[place] = b;
        }
        for (int64_t i = 0, n_found = 0; i < n_brands && n_found < most; i++) {
            int64_t b = order[i]; /* known if told, or if advertising has passed a unit exponential threshold */
            if (people->knows[person * n_brands + b] ||
                -log(uniform(now, AWARENESS, 0, key, b)) <= brands->awareness[b])
                offers->source[row + n] = b, offers->venue[row + n] = DIRECT, n_found++, n++;
        }
        offers->end[k][1] = n;
        for (int64_t i = 0; people->uses_bazaar[person] && i < most; i++) {
            int64_t chosen = -1, first = order[i] * n_sellers;
            double smallest = 2.0;
            for (int64_t seller = first; seller < first + n_sellers; seller++) {
                if (!w->listings->is_open[2 * n_brands + seller]) continue;
                double u = uniform(now, LISTING, now->week, key, seller);
                if (u < smallest) chosen = seller, smallest = u;
            }
            if (chosen >= 0) offers->source[row + n] = 2 * n_brands + chosen, offers->venue[row + n] = BAZAAR, n++;
        }
        offers->end[k][2] = n;
        bool sent = w->terms->mall_entry > 0.0 && uniform(now, MALL_ENTRY, 0, key, 0) < w->terms->mall_entry;
        for (int64_t i = 0; (people->uses_mall[person] || sent) && i < most; i++, n++)
            offers->source[row + n] = n_brands + order[i], offers->venue[row + n] = MALL;
        offers->end[k][3] = n;
    }
}
static void value_listings(const World *w, int64_t n_rows, const int32_t *rows, Offers *offers) {
    const Moment *now = w->now; const People *people = w->people; const Listings *listings = w->listings;
    for (int64_t k = 0; k < n_rows; k++) {
        for (int64_t n = offers->end[k][0], at = k * offers->width + n; n < offers->end[k][3]; n++, at++) {
            int64_t listing = offers->source[at], venue = offers->venue[at];
            double ratings_left = now->decay[now->week - listings->rating_week[listing]];
            double chance = believed_chance(
                w->taste, people->trust[rows[k] * (int64_t)N_VENUES + venue], w->terms->rating_weight[venue],
                listings->rating_satisfied[listing] * ratings_left, listings->rating_total[listing] * ratings_left,
                0.0, 0.0, 0.0);
            bool fake = listings->sells_fakes[listing];
            double true_chance = fake ? w->taste->quality_fake : w->brands->quality[listings->brand[listing]];
            put_value(w, rows[k], at, chance, true_chance, listings->price[listing], false, offers);
        }
    }
}
/* U_j = V_j + lambda (G_j + ln S_g) against a plain Gumbel: nested logit. The best offer, -1 for none. */
static void choose(const World *w, int64_t n_rows, const int32_t *rows, const Offers *offers, int32_t *chosen) {
    const Moment *now = w->now; const Shops *shops = w->shops; const Listings *listings = w->listings;
    double lambda = w->taste->dissimilarity;
    for (int64_t k = 0; k < n_rows; k++) {
        int64_t key = w->people->key[rows[k]], best_identity = -1, n = 0, at = k * offers->width;
        double best = gumbel(uniform(now, OUTSIDE, now->week, key, 0));
        chosen[k] = -1;
        for (int64_t channel = 0; channel < N_CHANNELS; channel++) {
            if (offers->end[k][channel] <= n) continue;
            Pair u = uniform_pair(now, NEST, now->week, key, channel);
            double nest = log_positive_stable(lambda, u.even, u.odd);
            for (; n < offers->end[k][channel]; n++) {
                int64_t source = offers->source[at + n];
                int64_t brand = channel == 0 ? shops->brand[source] : listings->brand[source];
                int64_t seller = channel == 0 ? shops->owner[source] : listings->seller[source];
                int64_t identity = ((channel * 8192 + brand) << 32) + seller;
                double noise = gumbel(uniform(now, TASTE, now->week, key, identity));
                double total = offers->utility[at + n] + lambda * (noise + nest);
                if (total > best || (total == best && identity < best_identity))
                    best = total, best_identity = identity, chosen[k] = n;
            }
        }
    }
}
/* Train (2015): (ln(1 + sum_g (sum_j e^(V_j/lambda))^lambda) + sum_j P_j (V*_j - V_j)) / alpha; informed: with V*. */
static void surpluses(const World *w, int64_t n_rows, const int32_t *rows, const Offers *offers, int64_t *surplus,
                      int64_t *informed) {
    double lambda = w->taste->dissimilarity;
    for (int64_t k = 0; k < n_rows; k++) {
        double inclusive[N_CHANNELS], true_inclusive[N_CHANNELS], correction[N_CHANNELS], top = 0.0, true_top = 0.0;
        const double *V = offers->utility + k * offers->width, *W = offers->true_utility + k * offers->width;
        int64_t n_nests = 0, start = 0;
        for (int64_t channel = 0; channel < N_CHANNELS; start = offers->end[k][channel++]) {
            int64_t end = offers->end[k][channel], g = n_nests;
            if (end <= start) continue;
            double peak = -INFINITY, true_peak = -INFINITY, total = 0.0, true_total = 0.0, shift = 0.0;
            for (int64_t n = start; n < end; n++)
                peak = fmax(peak, V[n] / lambda), true_peak = fmax(true_peak, W[n] / lambda);
            for (int64_t n = start; n < end; n++) {
                double weight = exp(V[n] / lambda - peak);
                total += weight, shift += weight * (W[n] - V[n]), true_total += exp(W[n] / lambda - true_peak);
            }
            inclusive[g] = lambda * (peak + log(total)), true_inclusive[g] = lambda * (true_peak + log(true_total));
            correction[g] = shift / total, n_nests++;
            top = fmax(top, inclusive[g]), true_top = fmax(true_top, true_inclusive[g]);
        }
        double sum = exp(-top), true_sum = exp(-true_top), expected = 0.0;
        double alpha = w->people->price_sensitivity[rows[k]];
        for (int64_t g = 0; g < n_nests; g++)
            sum += exp(inclusive[g] - top), true_sum += exp(true_inclusive[g] - true_top);
        double logsum = top + log(sum);
        for (int64_t g = 0; g < n_nests; g++) expected += exp(inclusive[g] - logsum) * correction[g];
        surplus[k] = (int64_t)rint(1e6 * ((logsum + expected) / alpha));
        informed[k] = (int64_t)rint(1e6 * ((true_top + log(true_sum)) / alpha));
    }
}
static int64_t place_orders(const World *w, int64_t n_rows, const int32_t *rows, const Offers *offers,
                            const int32_t *chosen, const Orders *orders, int64_t i) {
    const Shops *shops = w->shops; const Listings *listings = w->listings;
    for (int64_t k = 0; k < n_rows; k++) {
        if (chosen[k] < 0) continue;
        int64_t person = rows[k], at = k * offers->width + chosen[k];
        int64_t source = offers->source[at], venue = offers->venue[at];
        bool in_resale = chosen[k] < offers->end[k][0];
        int64_t brand = in_resale ? shops->brand[source] : listings->brand[source];
        bool fake = in_resale ? shops->ships_fakes[source] : listings->sells_fakes[source];
        orders->buyer[i] = person, orders->venue[i] = venue, orders->brand[i] = brand;
        orders->shop[i] = in_resale ? source : -1, orders->listing[i] = in_resale ? -1 : source;
        orders->price[i] = in_resale ? shops->price[source] : listings->price[source];
        orders->from_friend[i] = offers->from_friend[at], orders->belief[i] = offers->belief[at];
        orders->trust[i] = w->people->trust[person * N_VENUES + venue];
        orders->true_chance[i] = fake ? w->taste->quality_fake : w->brands->quality[brand];
        orders->is_genuine[i++] = !fake;
    }
    return i;
}

int64_t now_ns(void) { /* of this thread: what others do on the machine is not counted */
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}
/* The step for rows first ... last-1; ns spent in each of its eight stages are added to `spent` unless NULL. */
#define LAP if (spent) { int64_t t = now_ns(); spent[stage++] += t - lap; lap = t; }
int64_t consume(int64_t first, int64_t last, const Moment *now, const People *people, const Shops *shops,
                const Listings *listings, const Brands *brands, const Taste *taste, const Terms *terms,
                const Orders *orders, const Counts *counts, int32_t *needing, int64_t *spent) {
    static Offers offers;
    World w = {now, people, shops, listings, brands, taste, terms};
    int32_t chosen[BLOCK];
    int64_t surplus[BLOCK], informed[BLOCK], n_orders = first, lap = spent ? now_ns() : 0, stage = 0;
    int64_t n_needs = find_needs(&w, first, last, needing);
    LAP
    offers.width = taste->n_shops_considered + 3 * taste->n_brands_considered;
    for (int64_t start = 0; start < n_needs; start += BLOCK) {
        const int32_t *rows = needing + start;
        int64_t n = n_needs - start < BLOCK ? n_needs - start : BLOCK;
        stage = 1;
        consider_shops(&w, n, rows, &offers);
        LAP find_listings(&w, n, rows, &offers);
        LAP value_listings(&w, n, rows, &offers);
        LAP choose(&w, n, rows, &offers, chosen);
        LAP surpluses(&w, n, rows, &offers, surplus, informed);
        LAP
        for (int64_t k = 0; k < n; k++) {
            int64_t person = rows[k];
            people->surplus[person] += surplus[k], people->informed_surplus[person] += informed[k];
            counts->surplus[people->wealth_fifth[person]] += surplus[k], counts->informed_surplus[0] += informed[k];
            if (people->is_naive[person]) counts->surplus_naive[0] += surplus[k];
        }
        LAP n_orders = place_orders(&w, n, rows, &offers, chosen, orders, n_orders);
        LAP
    }
    counts->needs[0] += n_needs;
    return n_orders - first;
}
/* One byte of each of `n` cache lines of 64 bytes: what memory alone takes. */
int64_t touch(const uint8_t *base, const int64_t *line, int64_t n) {
    int64_t sum = 0;
    for (int64_t i = 0; i < n; i++) sum += base[64 * line[i]];
    return sum;
}
