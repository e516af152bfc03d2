/* Runs a target over every file of a folder, without libFuzzer. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>

#include "input.h"

static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  REQUIRE(file != NULL && fseek(file, 0, SEEK_END) == 0);
  long size = ftell(file);
  REQUIRE(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
  uint8_t *data = malloc((size_t)size + 1);
  REQUIRE(fread(data, 1, (size_t)size, file) == (size_t)size);
  fclose(file);
  LLVMFuzzerTestOneInput(data, (size_t)size);
  free(data);
}

int main(int argc, char **argv) {
  REQUIRE(argc == 2);
  DIR *folder = opendir(argv[1]);
  REQUIRE(folder != NULL);
  size_t n_files = 0;
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    char path[4096];
    REQUIRE(snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name) < (int)sizeof path);
    replay(path);
    n_files++;
  }
  closedir(folder);
  printf("%zu inputs\n", n_files);
  return n_files > 0 ? 0 : 1;
}
