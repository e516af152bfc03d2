/* Most cells of colour space lie within one class: their entry leads straight to its number. Only the cells through which a border
 * between classes runs have a table of all their colours. Both are read in the same way, without a branch.
 *
 * Time: O(colours) to fill, 2 loads a pixel to read. Memory: 32 kB, and 16 kB for each cell on a border. */
#include "image/color_map.h"

#include "base/alloc.h"

/* Whether all rows of a cell have the same number. */
static bool is_uniform(const int32_t *numbers, size_t first, size_t end) {
  int32_t differ = 0;
  for (size_t row = first; row < end; row++) differ |= numbers[row] ^ numbers[first];
  return differ == 0;
}

lakh_status lakh_color_map_fill(lakh_color_map *map, const lakh_color_counts *distinct, const int32_t *numbers) {
  map->cells = lakh_alloc_zeroed(LAKH_CELLS + 1, sizeof *map->cells);
  if (map->cells == NULL) return LAKH_NO_MEMORY;
  /* Entry 0 is for transparent pixels and for cells without colours, entry 1 + cell for a cell of one number; then the tables. */
  uint32_t size = 1 + LAKH_CELLS;
  for (size_t cell = 0; cell < LAKH_CELLS; cell++) {
    size_t first = distinct->first_rows[cell], end = distinct->first_rows[cell + 1];
    lakh_cell_entry *entry = &map->cells[cell];
    if (first == end) continue;
    entry->base = 1 + (uint32_t)cell;
    if (is_uniform(numbers, first, end)) continue;
    *entry = (lakh_cell_entry){size, LAKH_CELL_COLORS - 1};
    size += LAKH_CELL_COLORS;
  }
  map->numbers = lakh_alloc(size, sizeof *map->numbers);
  if (map->numbers == NULL) return LAKH_NO_MEMORY;
  map->numbers[0] = 0;
  for (size_t cell = 0; cell < LAKH_CELLS; cell++) {
    const lakh_cell_entry entry = map->cells[cell];
    for (size_t row = distinct->first_rows[cell]; row < distinct->first_rows[cell + 1]; row++) {
      map->numbers[entry.base + (distinct->codes[row] & entry.mask)] = (uint32_t)numbers[row] + 1;
      if (entry.mask == 0) break;
    }
  }
  return LAKH_OK;
}

void lakh_color_map_release(lakh_color_map *map) {
  lakh_free(map->cells);
  lakh_free(map->numbers);
  *map = (lakh_color_map){NULL, NULL};
}

void lakh_color_map_read(const lakh_color_map *map, const uint16_t *cells, const uint16_t *colors, size_t count,
                         uint32_t *found) {
  const lakh_cell_entry *entries = map->cells;
  const uint32_t *numbers = map->numbers;
  for (size_t i = 0; i < count; i++) {
    const lakh_cell_entry entry = entries[cells[i]];
    found[i] = numbers[entry.base + (colors[i] & entry.mask)];
  }
}
