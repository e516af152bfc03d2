"""The core's random numbers, written again from their definitions: src/base/random.h (Philox4x32-10) and
src/neural/initialization.c (Marsaglia's polar method)."""

import math


class Stream:
    def __init__(self, seed, stream):
        self.key, self.stream, self.counter, self.words = seed, stream, 0, []

    def u32(self):
        if not self.words:
            c = [self.counter & 0xFFFFFFFF, self.counter >> 32, self.stream & 0xFFFFFFFF, self.stream >> 32]
            k0, k1 = self.key, 0
            for _ in range(10):
                p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [p1 >> 32 ^ c[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
                k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
            self.words, self.counter = c, self.counter + 1
        return self.words.pop(0)

    def below(self, bound):
        """Lemire's multiplication; the rejected values are those that would make it unfair."""
        while True:
            product = self.u32() * bound
            if product & 0xFFFFFFFF >= (1 << 32) % bound:
                return product >> 32

    def unit(self):
        """Uniform in [0, 1) with 24 bits."""
        return (self.u32() >> 8) * 2.0**-24

    def normals(self, count):
        values = []
        while len(values) < count:
            x, y = (self.u32() * 2.0**-31 - 1 + 2.0**-32 for _ in range(2))
            s = x * x + y * y
            if s < 1:
                factor = math.sqrt(-2 * math.log(s) / s)
                values += [x * factor, y * factor]
        return values[:count]

    def shuffled(self, count):
        order = list(range(count))
        for i in range(count, 1, -1):
            j = self.below(i)
            order[i - 1], order[j] = order[j], order[i - 1]
        return order
