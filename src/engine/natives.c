/* What the engine offers to TypeScript (ffi/native.ts): system calls, libc's functions for starting programs, texts, JSON,
   the clock, arguments and environment. Part of engine.c. */

static char **arguments;
static char **environment;
static double started;

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

/* The memory of a typed array; NULL, with an exception, when it is none. */
static uint8_t *bytes_of(JSContext *ctx, JSValueConst array, size_t *length)
{
    size_t offset, size, element;
    JSValue buffer = JS_GetTypedArrayBuffer(ctx, array, &offset, length, &element);
    if (JS_IsException(buffer)) return NULL;
    uint8_t *memory = JS_GetArrayBuffer(ctx, &size, buffer);
    JS_FreeValue(ctx, buffer);
    /* A buffer without a byte has no memory, and no call reads any of it. */
    static uint8_t nothing;
    return memory == NULL ? &nothing : memory + offset;
}

/* The integer that an argument stands for: a number's own, a typed array's address. Addresses and flags of 64 bits come
   as doubles, which hold what nunc passes. */
static int long_of(JSContext *ctx, JSValueConst value, long *result)
{
    double number;
    size_t length;
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
        *result = JS_VALUE_GET_INT(value);
        return 0;
    case JS_TAG_FLOAT64:
        number = JS_VALUE_GET_FLOAT64(value);
        if (!(number >= -0x1p63 && number < 0x1p64)) {
            JS_ThrowRangeError(ctx, "not an integer of 64 bits");
            return -1;
        }
        *result = number < 0 ? (long)(int64_t)number : (long)(uint64_t)number;
        return 0;
    case JS_TAG_UNDEFINED:
        *result = 0;
        return 0;
    default:
        *result = (long)bytes_of(ctx, value, &length);
        return *result == 0 ? -1 : 0;
    }
}

/* syscall(number, ...): six arguments at most, numbers, typed arrays or strings; the result or -errno. */
static JSValue native_syscall(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    long values[7] = {0};
    const char *texts[7] = {0};
    long result = -EINVAL;
    int i;
    for (i = 0; i < argc && i < 7; i++) {
        size_t length;
        if (!JS_IsString(argv[i])) {
            if (long_of(ctx, argv[i], &values[i]) < 0) break;
            continue;
        }
        texts[i] = JS_ToCStringLen(ctx, &length, argv[i]);
        /* Cut short by a NUL, it would name another file. */
        if (texts[i] == NULL || strlen(texts[i]) != length) break;
        values[i] = (long)texts[i];
    }
    int complete = i == argc;
    if (complete) {
        result = syscall(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
        if (result == -1) result = -errno;
    }
    for (i = 0; i < 7; i++) if (texts[i] != NULL) JS_FreeCString(ctx, texts[i]);
    if (!complete && !JS_IsNull(ctx->rt->current_exception)) return JS_EXCEPTION;
    return JS_NewInt64(ctx, result);
}

/* address(typed array): where its memory is. The engine does not move it. */
static JSValue native_address(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    uint8_t *memory = bytes_of(ctx, argv[0], &length);
    if (memory == NULL) return JS_EXCEPTION;
    return JS_NewInt64(ctx, (int64_t)(uintptr_t)memory);
}

/* libc's functions for ffi/posix-spawn.ts, each called with integers and returning an int. */
typedef int any_function(long, long, long, long, long, long);

static const struct {
    const char *name;
    any_function *function;
} libc_functions[] = {
#define FUNCTION(name) {#name, (any_function *)(void *)name}
    FUNCTION(posix_spawnattr_init),
    FUNCTION(posix_spawnattr_setflags),
    FUNCTION(posix_spawnattr_setsigdefault),
    FUNCTION(posix_spawnattr_setsigmask),
    FUNCTION(posix_spawnattr_setpgroup),
    FUNCTION(posix_spawnattr_destroy),
    FUNCTION(posix_spawn_file_actions_init),
    FUNCTION(posix_spawn_file_actions_adddup2),
    FUNCTION(posix_spawn_file_actions_addchdir_np),
    FUNCTION(posix_spawn_file_actions_destroy),
    FUNCTION(posix_spawn),
};

static JSValue native_libc(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int index)
{
    long values[6] = {0};
    for (int i = 0; i < argc && i < 6; i++) if (long_of(ctx, argv[i], &values[i]) < 0) return JS_EXCEPTION;
    return JS_NewInt32(ctx, libc_functions[index].function(values[0], values[1], values[2], values[3], values[4],
                                                          values[5]));
}

#include "text.c"

/* parse(text): JSON.parse without a reviver. */
static JSValue native_parse(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL) return JS_EXCEPTION;
    JSValue value = parse_json(ctx, text, length);
    JS_FreeCString(ctx, text);
    return value;
}

/* Milliseconds since the program began. */
static JSValue native_now(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    return JS_NewFloat64(ctx, milliseconds() - started);
}

static JSValue list_of(JSContext *ctx, char **texts)
{
    JSValue list = JS_NewArray(ctx);
    for (uint32_t i = 0; texts[i] != NULL; i++) {
        JS_SetPropertyUint32(ctx, list, i, decode(ctx, (const uint8_t *)texts[i], strlen(texts[i]), 0));
    }
    return list;
}

/* argv() and environ(). */
static JSValue native_strings(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv, int magic)
{
    char **texts = magic == 0 ? arguments : environment;
    if (texts == NULL) return JS_ThrowTypeError(ctx, "the surroundings were read while the executable is built");
    return list_of(ctx, texts);
}

static const JSCFunctionListEntry natives[] = {
    JS_CFUNC_DEF("syscall", 7, native_syscall),
    JS_CFUNC_DEF("address", 1, native_address),
    JS_CFUNC_DEF("encode", 1, native_encode),
    JS_CFUNC_DEF("encodeInto", 2, native_encode_into),
    JS_CFUNC_DEF("decode", 3, native_decode),
    JS_CFUNC_DEF("latin1", 1, native_latin1),
    JS_CFUNC_DEF("parse", 1, native_parse),
    JS_CFUNC_DEF("now", 0, native_now),
    JS_CFUNC_MAGIC_DEF("argv", 0, native_strings, 0),
    JS_CFUNC_MAGIC_DEF("environ", 0, native_strings, 1),
};

static void *allocate_shared(void *opaque, size_t size) { return heap_allocate(size); }
static void free_shared(void *opaque, void *memory) { heap_free(memory); }
static void keep_shared(void *opaque, void *memory) {}

static void add_natives(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue native = JS_NewObject(ctx), libc = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, native, natives, sizeof natives / sizeof *natives);
    for (size_t i = 0; i < sizeof libc_functions / sizeof *libc_functions; i++) {
        const char *name = libc_functions[i].name;
        JS_SetPropertyStr(ctx, libc, name, JS_NewCFunctionMagic(ctx, native_libc, name, 6,
                                                               JS_CFUNC_generic_magic, i));
    }
    JS_SetPropertyStr(ctx, native, "libc", libc);
#ifdef __aarch64__
    JS_SetPropertyStr(ctx, native, "arch", JS_NewString(ctx, "arm64"));
#else
    JS_SetPropertyStr(ctx, native, "arch", JS_NewString(ctx, "x64"));
#endif
    JS_SetPropertyStr(ctx, global, "nuncNative", native);
    JS_FreeValue(ctx, global);
}
