#ifndef LAKH_BASE_LOGARITHM_H
#define LAKH_BASE_LOGARITHM_H

/* The natural logarithm of a normal number x > 0, to 1e-15 of 1 or of itself. It is the same on every machine, and without the
 * 4 kB of tables that a C library brings for it. */
double lakh_log(double x);

#endif
