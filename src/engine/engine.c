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
#include "natives.c"

/* What the engine counts as its own of the stack, at most; the kernel's default is 8 MiB. */
#define MOST_STACK (4 << 20)
/* With less there are commands that would end halfway. */
#define LEAST_STACK (32 << 10)
/* Bytes that garbage may take before it is collected. A command is over before; who stays (run, events) is not. */
#define GARBAGE (16 << 20)

/* Says what nobody caught, and ends. Only a mistake in nunc's own code gets here. */
static void give_up(JSContext *ctx)
{
    JSValue error = JS_GetException(ctx);
    JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
    const char *message = JS_ToCString(ctx, error), *trace = JS_ToCString(ctx, stack);
    /* The class of errors that the engine has for itself. */
    int is_memory = message != NULL && strcmp(message, "InternalError: out of memory") == 0;
    if (is_memory) dprintf(2, "nunc: cannot go on: out of memory\n");
    else dprintf(2, "nunc: internal error: %s\n%s", message ? message : "?", arguments ? "" : trace ? trace : "");
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

/* A promise that was rejected and that nobody has asked for yet, and what it was rejected with. */
static void *rejected;
static JSValue reason_of_rejected;

static void track_rejection(JSContext *ctx, JSValueConst promise, JSValueConst reason, JS_BOOL is_handled, void *opaque)
{
    if (!is_handled && rejected == NULL) {
        rejected = JS_VALUE_GET_PTR(promise);
        reason_of_rejected = JS_DupValue(ctx, reason);
    } else if (is_handled && rejected == JS_VALUE_GET_PTR(promise)) {
        rejected = NULL;
        JS_FreeValue(ctx, reason_of_rejected);
    }
}

static void run_jobs(JSContext *ctx)
{
    JSContext *of;
    int done;
    while ((done = JS_ExecutePendingJob(ctx->rt, &of)) > 0) {}
    if (done < 0) give_up(of);
    /* As Node: what failed and is asked for by nobody is a mistake, and no reason to go on or to end in silence. */
    if (rejected == NULL) return;
    JS_Throw(ctx, reason_of_rejected);
    give_up(ctx);
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

/* At build: what functions leave on the stack gets into unused halves of values, and the canary of
 * -fstack-protector, at the place that the ABI gives it, is another one each time. Who calls this may not return. */
static void fix_canary(void)
{
#ifdef __x86_64__
    __asm__ volatile("movq $0, %%fs:0x28" ::: "memory");
#endif
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

/* Half of what is left of the stack below arguments and environment: the other half is for what does not ask. */
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
    if (ctx == NULL) {
        fix_canary();
        _exit(argc == 3 ? build(argv[1], argv[2]) : 2);
    }
    /* What a dead reader and a full disk or limit do is told by the calls that fail. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    /* Where the caller ignores it, the kernel would keep from us how children end. */
    signal(SIGCHLD, SIG_DFL);
    open_standard_streams();
    if (stack_size() < LEAST_STACK) {
        dprintf(2, "nunc: cannot start: the limit of the stack's size (RLIMIT_STACK) is too low\n");
        return 1;
    }
    arguments = argv;
    environment = envp;
    JS_UpdateStackTop(ctx->rt);
    js_random_init(ctx);
    JS_SetHostPromiseRejectionTracker(ctx->rt, track_rejection, NULL);
    JS_SetMaxStackSize(ctx->rt, stack_size());
    call(ctx, "nuncStart");
    /* Whoever has ended by process.exit() does not come back. */
    for (;;) call(ctx, "nuncTurn");
}
