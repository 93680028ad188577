/* The program around the JavaScript engine (QuickJS) of dist/nunc. What it does is decided in TypeScript: here is the way
   in (arguments, environment, system calls), the way out, and the snapshot.

   The snapshot: at build, `engine HEAP BUNDLE.js` evaluates the bundle and writes the heap, with every function
   and table in it, to a file. dist/nunc is linked from the same objects with that heap as its data, at the same addresses:
   it starts where the builder stopped, without having parsed, loaded or evaluated anything. See docs/decisions/engine.md. */

#include "quickjs.c"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "heap.h"
#include "json.c"

/* What the engine counts as its own of the stack, at most; the kernel's default is 8 MiB. */
#define MOST_STACK (4 << 20)
/* Bytes that garbage may take before it is collected. A command is over before; who stays (run, events) is not. */
#define GARBAGE (16 << 20)

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

/* The engine writes half a surrogate pair as three bytes. So many has U+FFFD, which belongs there. */
static void replace_surrogates(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 2 < size; i++) {
        if (bytes[i] == 0xed && bytes[i + 1] >= 0xa0) memcpy(bytes + i, "\xef\xbf\xbd", 3);
    }
}

/* encode(string): an ArrayBuffer of UTF-8. */
static JSValue native_encode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL) return JS_EXCEPTION;
    JSValue buffer = JS_NewArrayBufferCopy(ctx, (const uint8_t *)text, length);
    JS_FreeCString(ctx, text);
    size_t size;
    uint8_t *bytes = JS_GetArrayBuffer(ctx, &size, buffer);
    if (bytes != NULL) replace_surrogates(bytes, size);
    return buffer;
}

/* encodeInto(string, typed array): as many whole characters as there is room for; how many bytes, less 1 and negated when
   that is not all of them. */
static JSValue native_encode_into(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length, room;
    uint8_t *into = bytes_of(ctx, argv[1], &room);
    const char *text = into == NULL ? NULL : JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL) return JS_EXCEPTION;
    size_t written = length < room ? length : room;
    if (written < length) while (written > 0 && ((uint8_t)text[written] & 0xc0) == 0x80) written--;
    memcpy(into, text, written);
    replace_surrogates(into, written);
    JS_FreeCString(ctx, text);
    return JS_NewInt64(ctx, written < length ? -(int64_t)written - 1 : (int64_t)written);
}

/* Length of the well-formed UTF-8 sequence at `bytes` (Unicode, table 3-7). When there is none: 0, or -1 where it is only
   cut off by the end, and in `wrong` how many bytes one U+FFFD stands for. */
static int sequence_at(const uint8_t *bytes, size_t left, int *wrong)
{
    uint8_t first = bytes[0], least = 0x80, most = 0xbf;
    int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    *wrong = 1;
    if (first == 0xe0) least = 0xa0;
    if (first == 0xed) most = 0x9f;
    if (first == 0xf0) least = 0x90;
    if (first == 0xf4) most = 0x8f;
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= left) return -1;
        if (bytes[i] < least || bytes[i] > most) return 0;
        *wrong = i + 1;
        least = 0x80, most = 0xbf;
    }
    return length;
}

/* The length without a sequence that is cut off by the end. */
static size_t uncut(const uint8_t *bytes, size_t length)
{
    int wrong;
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        if (sequence_at(bytes + length - back, back, &wrong) < 0) return length - back;
    }
    return length;
}

/* UTF-8 as TextDecoder has it; when `fatal`, undefined for what is not UTF-8. */
static JSValue decode(JSContext *ctx, const uint8_t *bytes, size_t length, int fatal)
{
    int wrong;
    size_t at = 0;
    while (at < length) {
        int valid = sequence_at(bytes + at, length - at, &wrong);
        if (valid <= 0) break;
        at += valid;
    }
    if (at == length) return JS_NewStringLen(ctx, (const char *)bytes, length);
    if (fatal) return JS_UNDEFINED;
    uint8_t *repaired = js_malloc(ctx, 3 * length);
    if (repaired == NULL) return JS_EXCEPTION;
    size_t size = 0;
    for (at = 0; at < length;) {
        int valid = sequence_at(bytes + at, length - at, &wrong);
        memcpy(repaired + size, valid > 0 ? bytes + at : (const uint8_t *)"\xef\xbf\xbd", valid > 0 ? valid : 3);
        size += valid > 0 ? valid : 3;
        at += valid > 0 ? valid : wrong;
    }
    JSValue text = JS_NewStringLen(ctx, (const char *)repaired, size);
    js_free(ctx, repaired);
    return text;
}

/* decode(typed array, fatal, stream): when `stream`, a sequence that is cut off by the end is left out. */
static JSValue native_decode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const uint8_t *bytes = bytes_of(ctx, argv[0], &length);
    if (bytes == NULL) return JS_EXCEPTION;
    if (JS_ToBool(ctx, argv[2])) length = uncut(bytes, length);
    return decode(ctx, bytes, length, JS_ToBool(ctx, argv[1]));
}

/* latin1(typed array): a character for each byte. */
static JSValue native_latin1(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const uint8_t *bytes = bytes_of(ctx, argv[0], &length);
    if (bytes == NULL) return JS_EXCEPTION;
    return js_new_string8(ctx, bytes, length);
}

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
        JSCFunctionType type = {.generic_magic = native_libc};
        const char *name = libc_functions[i].name;
        JS_SetPropertyStr(ctx, libc, name, JS_NewCFunctionMagic(ctx, type.generic_magic, name, 6,
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

/* Says what nobody caught, and ends. Only a mistake in nunc's own code gets here. */
static void give_up(JSContext *ctx)
{
    JSValue error = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
    const char *message = JS_ToCString(ctx, error), *trace = JS_ToCString(ctx, stack);
    dprintf(2, "nunc: internal error: %s\n%s", message ? message : "?", arguments ? "" : trace ? trace : "");
    _exit(1);
}

static JSContext *new_context(void)
{
    JSRuntime *rt = JS_NewRuntime2(&heap_functions, NULL);
    JSContext *ctx = rt == NULL ? NULL : JS_NewContext(rt);
    if (ctx == NULL) _exit(1);
    JSSharedArrayBufferFunctions shared = {allocate_shared, free_shared, keep_shared, NULL};
    JS_SetSharedArrayBufferFunctions(rt, &shared);
    JS_SetCanBlock(rt, 1);
    JS_SetGCThreshold(rt, GARBAGE);
    JS_SetMaxStackSize(rt, MOST_STACK);
    add_natives(ctx);
    return ctx;
}

static void run_jobs(JSContext *ctx)
{
    JSContext *of;
    int done;
    while ((done = JS_ExecutePendingJob(ctx->rt, &of)) > 0) {}
    if (done < 0) give_up(of);
}

/* Calls a function of globalThis without arguments. */
static void call(JSContext *ctx, const char *name)
{
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue function = JS_GetPropertyStr(ctx, global, name);
    JSValue result = JS_Call(ctx, function, JS_UNDEFINED, 0, NULL);
    if (JS_IsException(result)) give_up(ctx);
    JS_FreeValue(ctx, result);
    JS_FreeValue(ctx, function);
    JS_FreeValue(ctx, global);
    run_jobs(ctx);
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) _exit(2);
    fseek(file, 0, SEEK_END);
    *length = ftell(file);
    rewind(file);
    char *text = calloc(1, *length + 1);
    if (text == NULL || fread(text, 1, *length, file) != *length) _exit(2);
    fclose(file);
    return text;
}

/* Modules are compiled on their own: whatever they import is in the bundle. */
static uint8_t *compile(const char *bundle, size_t *size)
{
    size_t length;
    char *text = read_file(bundle, &length);
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    int flags = JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY;
    JSValue module = JS_Eval(ctx, text, length, "nunc", flags);
    if (JS_IsException(module)) give_up(ctx);
    return JS_WriteObject(ctx, size, module, JS_WRITE_OBJ_BYTECODE);
}

/* At build: evaluates a bundle and saves what that leaves. Compiled elsewhere, so that the heap has no holes in it. */
static int build(const char *output, const char *bundle)
{
    size_t size;
    uint8_t *code = compile(bundle, &size);
    JSContext *ctx = new_context();
    JSValue module = JS_ReadObject(ctx, code, size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module) || JS_IsException(JS_EvalFunction(ctx, module))) give_up(ctx);
    run_jobs(ctx);
    JS_RunGC(ctx->rt);
    /* The same bytes whenever it is built. */
    ctx->random_state = 1;
    ctx->rt->stack_top = 0;
    ctx->rt->stack_limit = 0;
    return heap_save(output, ctx) < 0 ? 2 : 0;
}

/* No file of nunc's may become the standard input, output or error of anything. */
static void open_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || open("/dev/null", O_RDWR) == fd) continue;
        dprintf(2, "nunc: cannot open \"/dev/null\" in place of a closed standard stream\n");
        _exit(1);
    }
}

/* Half of what is left of the stack, below the arguments and the environment: the other half is for what does not ask. */
static size_t stack_size(void)
{
    struct rlimit stack;
    if (getrlimit(RLIMIT_STACK, &stack) < 0) return MOST_STACK;
    size_t used = getauxval(AT_EXECFN) - (uintptr_t)__builtin_frame_address(0);
    size_t left = stack.rlim_cur > used ? stack.rlim_cur - used : 0;
    /* Nothing would be without a limit. */
    return left / 2 > MOST_STACK ? MOST_STACK : left / 2 + 1;
}

int main(int argc, char **argv, char **envp)
{
    started = milliseconds();
    JSContext *ctx = heap_root();
    if (ctx == NULL) return argc == 3 ? build(argv[1], argv[2]) : 2;
    /* What a dead reader and a full disk or limit do is told by the calls that fail. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    /* Where the caller ignores it, the kernel would keep from us how children end. */
    signal(SIGCHLD, SIG_DFL);
    open_standard_streams();
    arguments = argv;
    environment = envp;
    JS_UpdateStackTop(ctx->rt);
    js_random_init(ctx);
    JS_SetMaxStackSize(ctx->rt, stack_size());
    call(ctx, "nuncStart");
    /* Whoever has ended by process.exit() does not come back. */
    for (;;) call(ctx, "nuncTurn");
}
