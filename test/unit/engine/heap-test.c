/* Random calls of the engine's allocator (src/engine/heap.c, included here), beside a list of what each block must hold:
   alignment, contents across realloc, no overlap, what is counted, and what happens without memory. Arguments: a seed. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "heap.c"

#define BLOCKS 600

static struct {
    unsigned char *memory;
    size_t size;
    unsigned char mark;
} blocks[BLOCKS];

static JSMallocState state;
static uint32_t random_state;

static uint32_t below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

static void expect(int holds, const char *what)
{
    if (holds) return;
    printf("%s\n", what);
    exit(1);
}

/* Mostly small ones, some at the limits of classes and of large blocks. */
static size_t some_size(void)
{
    static const size_t limits[] = {0, 1, 16, 512, 513, 640, 1024, 4096, 65536, 131072, 229376, 229377, LARGE - 1, LARGE, LARGE + 1};
    switch (below(10)) {
    case 0: return limits[below(sizeof limits / sizeof *limits)];
    case 1: return below(600000);
    case 2: return below(20000);
    default: return below(700);
    }
}

static void check(int i)
{
    for (size_t at = 0; at < blocks[i].size; at++) {
        expect(blocks[i].memory[at] == blocks[i].mark, "a block has lost its contents");
    }
}

static void fill(int i, unsigned char *memory, size_t size)
{
    expect(memory != NULL, "no memory");
    /* The engine's own needs are those of a pointer and a double. */
    expect((uintptr_t)memory % 8 == 0, "a block is not aligned");
    expect(usable(memory) >= size, "a block is too small");
    blocks[i].memory = memory;
    blocks[i].size = usable(memory);
    blocks[i].mark = below(256);
    memset(memory, blocks[i].mark, blocks[i].size);
}

static void step(void)
{
    int i = below(BLOCKS);
    size_t size = some_size();
    if (blocks[i].memory == NULL) {
        fill(i, allocate(&state, size), size);
        return;
    }
    check(i);
    if (below(2) == 0) {
        release(&state, blocks[i].memory);
        blocks[i].memory = NULL;
        blocks[i].size = 0;
        return;
    }
    unsigned char mark = blocks[i].mark;
    size_t kept = blocks[i].size < size ? blocks[i].size : size;
    unsigned char *moved = resize(&state, blocks[i].memory, size);
    blocks[i].memory = NULL;
    blocks[i].size = 0;
    if (size == 0) {
        expect(moved == NULL, "realloc to nothing gives something");
        return;
    }
    for (size_t at = 0; moved != NULL && at < kept; at++) expect(moved[at] == mark, "realloc has lost contents");
    fill(i, moved, size);
}

static void expect_count(void)
{
    size_t size = 0;
    for (int i = 0; i < BLOCKS; i++) size += blocks[i].size;
    expect(size == state.malloc_size, "the size of what is allocated is counted wrongly");
}

static void steps(int count)
{
    for (int i = 0; i < count; i++) step();
    for (int i = 0; i < BLOCKS; i++) check(i);
    expect_count();
}

/* One allocation fails, the small ones after it do not, for a while. */
static void run_out(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_AS, &none);
    int i = 0;
    while (allocate(&state, 5000) != NULL) expect(++i < 1000, "memory never ends");
    for (i = 0; i < 100; i++) {
        unsigned char *memory = allocate(&state, 300);
        expect(memory != NULL, "there is nothing left to say that memory is out");
        memset(memory, 1, 300);
    }
    while (allocate(&state, 5000) != NULL) expect(++i < 1000, "the reserve never ends");
    expect(allocate(&state, SIZE_MAX) == NULL && allocate(&state, SIZE_MAX - 5000) == NULL, "more than there is");
}

int main(int argc, char **argv)
{
    random_state = (argc > 1 ? strtoul(argv[1], NULL, 10) : 1) | 1;
    expect(heap_root() == NULL, "a new heap has a root");
    steps(20000);
    /* From here on as in the executable: the heap is full, and large blocks are mapped. */
    expect(heap_save("/dev/null", &state) == 0 && heap_root() == &state, "the heap cannot be saved");
    steps(60000);
    for (int i = 0; i < BLOCKS; i++) if (blocks[i].memory != NULL) release(&state, blocks[i].memory);
    expect(state.malloc_size == 0, "something is left");
    run_out();
    return 0;
}
