/* The memory of the JavaScript engine: one piece at a fixed address, so that it can be saved and started from. */

#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

extern const JSMallocFunctions heap_functions;

void *heap_allocate(size_t size);
void heap_free(void *memory);

/* Writes the heap, with `root` as what heap_root() returns of it. Returns 0, or -1 when that fails. */
int heap_save(const char *path, void *root);
void *heap_root(void);

#endif
