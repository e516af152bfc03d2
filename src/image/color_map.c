/* Most cells of colour space lie within one class: their entry leads straight to its number. Only the cells through which a border
 * between classes runs have a table of all their colours. Both are read in the same way, without a branch.
 *
 * Time: O(colours) to fill, 3 loads a pixel to read. Memory: 40 kB, and 8 kB (16 kB) for each cell on a border. */
#include "image/color_map.h"

#include "base/alloc.h"

static uint32_t number_of(const int32_t *numbers, size_t row) {
  return numbers != NULL ? (uint32_t)numbers[row] : (uint32_t)row;
}

/* Whether all rows of a cell have the same number. */
static bool is_uniform(const int32_t *numbers, size_t first, size_t end) {
  if (numbers == NULL) return end - first == 1;
  int32_t differ = 0;
  for (size_t row = first; row < end; row++) differ |= numbers[row] ^ numbers[first];
  return differ == 0;
}

/* Gives each cell its place; returns how many numbers there are. Place 0 is for transparent pixels and for cells without colours,
 * place 1 + cell for a cell of one number; the tables of the others follow. */
static size_t place_cells(lakh_cell_entry *cells, const lakh_color_counts *distinct, const int32_t *numbers) {
  uint32_t size = 1 + LAKH_CELLS;
  for (uint32_t cell = 0; cell < LAKH_CELLS; cell++) {
    size_t first = distinct->first_colors[cell], end = distinct->first_colors[cell + 1];
    if (first == end) continue;
    if (is_uniform(numbers, first, end)) {
      cells[cell].base = 1 + cell;
    } else {
      cells[cell] = (lakh_cell_entry){size, LAKH_CELL_COLORS - 1};
      size += LAKH_CELL_COLORS;
    }
  }
  return size;
}

static void write_number(const lakh_color_map *map, size_t place, uint32_t number) {
  if (map->narrow != NULL)
    map->narrow[place] = (uint16_t)number;
  else
    map->wide[place] = number;
}

lakh_status lakh_color_map_fill(lakh_color_map *map, const lakh_color_counts *distinct, const int32_t *numbers,
                                size_t n_numbers) {
  map->cells = lakh_alloc_zeroed(LAKH_CELLS + 1, sizeof *map->cells);
  if (map->cells == NULL) return LAKH_NO_MEMORY;
  const size_t size = place_cells(map->cells, distinct, numbers);
  if (n_numbers < UINT16_MAX)
    map->narrow = lakh_alloc(size, sizeof *map->narrow);
  else
    map->wide = lakh_alloc(size, sizeof *map->wide);
  if (map->narrow == NULL && map->wide == NULL) return LAKH_NO_MEMORY;
  write_number(map, 0, 0);
  for (size_t cell = 0; cell < LAKH_CELLS; cell++) {
    const lakh_cell_entry entry = map->cells[cell];
    size_t end = distinct->first_colors[cell + 1];
    if (entry.mask == 0 && end > distinct->first_colors[cell]) end = distinct->first_colors[cell] + 1;
    for (size_t row = distinct->first_colors[cell]; row < end; row++) {
      write_number(map, entry.base + (distinct->codes[row] & entry.mask), number_of(numbers, row) + 1);
    }
  }
  return LAKH_OK;
}

void lakh_color_map_release(lakh_color_map *map) {
  lakh_free(map->cells);
  lakh_free(map->narrow);
  lakh_free(map->wide);
  *map = (lakh_color_map){NULL, NULL, NULL};
}

void lakh_color_map_read(const lakh_color_map *map, const uint16_t *cells, const uint16_t *colors, size_t count,
                         uint32_t *found) {
  const lakh_cell_entry *entries = map->cells;
  const uint16_t *narrow = map->narrow;
  const uint32_t *wide = map->wide;
  if (narrow != NULL) {
    for (size_t i = 0; i < count; i++) found[i] = narrow[entries[cells[i]].base + (colors[i] & entries[cells[i]].mask)];
  } else {
    for (size_t i = 0; i < count; i++) found[i] = wide[entries[cells[i]].base + (colors[i] & entries[cells[i]].mask)];
  }
}
