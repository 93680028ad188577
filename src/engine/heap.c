/* An allocator for programs that are over soon: blocks of a few sizes, freed ones kept in a list for each size, nothing
   given back to the kernel but large blocks. Its state is in the heap itself, at the beginning. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "quickjs.h"
#include "heap.h"

/* Sizes go up in steps of 16 bytes to 512, then in quarters of powers of two. */
#define SMALL 512
#define STEP 16
#define CLASSES 160
/* What is asked of the kernel at once when the heap is full. */
#define CHUNK (128 << 10)
/* Larger blocks are the kernel's business, once the heap is saved: no chunk would hold them. */
#define LARGE CHUNK
#define NEVER ((size_t)1 << 30)
#define PAGE 4096

/* Before every block; the alignment of what the engine allocates is that of a pointer. */
struct header {
    uint64_t size;
};

struct block {
    struct block *next;
};

struct heap {
    void *root;
    char *next;
    char *end;
    /* Blocks larger than that are mapped one by one. */
    size_t large;
    struct block *freed[CLASSES];
};

/* What the linker puts there: what heap_save() has written, or, to begin with, zeros. */
extern char heap_start[], heap_end[];

#define HEAP ((struct heap *)heap_start)

/* When there is no more memory one allocation fails, and this is for those that say so. */
static char reserve[64 << 10] __attribute__((aligned(STEP)));
static int has_failed;

static inline __attribute__((always_inline)) unsigned class_of(size_t size, size_t *rounded)
{
    if (size <= SMALL) {
        unsigned class = size == 0 ? 0 : (size - 1) / STEP;
        *rounded = (class + 1) * STEP;
        return class;
    }
    unsigned power = 63 - __builtin_clzl(size - 1);
    size_t quarter = (size_t)1 << (power - 2);
    unsigned part = (size - 1 - ((size_t)1 << power)) / quarter;
    *rounded = ((size_t)1 << power) + (part + 1) * quarter;
    return SMALL / STEP + (power - 9) * 4 + part;
}

static size_t pages(size_t size)
{
    return (size + sizeof(struct header) + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static struct header *large(size_t size)
{
    if (size > SIZE_MAX - 2 * PAGE) return NULL;
    struct header *header = map(pages(size));
    if (header == NULL) has_failed = 1;
    else header->size = pages(size) - sizeof *header;
    return header;
}

/* Returns whether the allocation may go on. */
static int extend(struct heap *heap)
{
    char *chunk = map(CHUNK + PAGE);
    /* What is left of the old piece is not worth keeping account of. */
    if (chunk != NULL) {
        heap->next = chunk;
        heap->end = chunk + CHUNK + PAGE;
        return 1;
    }
    if (heap->end == reserve + sizeof reserve) return 0;
    heap->next = reserve;
    heap->end = reserve + sizeof reserve;
    int is_told = has_failed;
    has_failed = 1;
    return is_told;
}

static struct header *carve(size_t size)
{
    struct heap *heap = HEAP;
    size_t whole = size + sizeof(struct header);
    if ((size_t)(heap->end - heap->next) < whole) {
        if (!extend(heap) || (size_t)(heap->end - heap->next) < whole) return NULL;
    }
    struct header *header = (struct header *)heap->next;
    heap->next += size + sizeof *header;
    header->size = size;
    return header;
}

static void begin(void)
{
    HEAP->next = heap_start + sizeof(struct heap);
    HEAP->end = heap_end;
    HEAP->large = NEVER;
}

void *heap_allocate(size_t size)
{
    struct header *header;
    if (HEAP->next == NULL) begin();
    if (size > HEAP->large) {
        header = large(size);
    } else {
        size_t rounded;
        struct block **freed = &HEAP->freed[class_of(size, &rounded)];
        if (*freed != NULL) {
            struct block *block = *freed;
            *freed = block->next;
            return block;
        }
        header = carve(rounded);
    }
    return header == NULL ? NULL : header + 1;
}

static size_t size_of(const void *memory)
{
    return ((const struct header *)memory - 1)->size;
}

void heap_free(void *memory)
{
    if (memory == NULL) return;
    size_t size = size_of(memory), rounded;
    if (size > HEAP->large) {
        /* The builder's large ones are in the executable. */
        if ((char *)memory > heap_start && (char *)memory < heap_end) return;
        munmap((struct header *)memory - 1, size + sizeof(struct header));
        return;
    }
    struct block **freed = &HEAP->freed[class_of(size, &rounded)];
    ((struct block *)memory)->next = *freed;
    *freed = memory;
}

/* By what is counted here the engine knows when there may be garbage to collect. */
static void *allocate(JSMallocState *state, size_t size)
{
    void *memory = heap_allocate(size);
    if (memory != NULL) state->malloc_size += size_of(memory);
    return memory;
}

static void release(JSMallocState *state, void *memory)
{
    if (memory == NULL) return;
    state->malloc_size -= size_of(memory);
    heap_free(memory);
}

static void *resize(JSMallocState *state, void *memory, size_t size)
{
    if (size == 0) {
        release(state, memory);
        return NULL;
    }
    size_t had = memory == NULL ? 0 : size_of(memory);
    if (memory != NULL && size <= had) return memory;
    void *moved = allocate(state, size);
    if (moved == NULL) return NULL;
    if (memory != NULL) memcpy(moved, memory, had);
    release(state, memory);
    return moved;
}

/* The engine counts with it what it has allocated, and grows strings and arrays into what is left of a block. */
static size_t usable(const void *memory)
{
    return memory == NULL ? 0 : size_of(memory);
}

const JSMallocFunctions heap_functions = {allocate, release, resize, usable};

void *heap_root(void)
{
    return HEAP->root;
}

int heap_save(const char *path, void *root)
{
    struct heap *heap = HEAP;
    /* A chunk elsewhere would be missing in what is saved. */
    if (heap->end != heap_end) return -1;
    size_t left = (size_t)(heap->next - heap_start);
    heap->root = root;
    heap->end = heap->next;
    heap->large = LARGE;
    /* They lie all over the snapshot: whatever a command allocated would make one more of its pages a copy. */
    memset(heap->freed, 0, sizeof heap->freed);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return -1;
    for (char *from = heap_start; left > 0;) {
        ssize_t written = write(fd, from, left);
        if (written <= 0) return -1;
        from += written;
        left -= written;
    }
    return close(fd);
}
