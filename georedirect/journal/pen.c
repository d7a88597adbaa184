/* Puts lines of the access log together, of parts that are known, on the sheet on which they wait to be written.
 *
 * It writes nothing to a file, and knows no format. What is not known yet, or not plain, it leaves to Python.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <string.h>
#include <time.h>

enum { WHO, HOST, TARGET, TOLD, HEAD, FIELDS, GIVEN };
enum { PARTS = 7 };

/* Sheet: see sheet.py */

typedef struct {
    PyObject_HEAD
    PyObject *octets; /* bytes, the first `used` of which are lines; NULL before the first */
    Py_ssize_t used, number;
    Py_ssize_t most, room;
} Sheet;

/* Where a line of this length goes, or NULL: with an error, or else as there is no room for it. */
static char *place_on(Sheet *self, Py_ssize_t length)
{
    if (self->number >= self->most || length > self->room - self->used)
        return NULL;
    if (!self->octets && !(self->octets = PyBytes_FromStringAndSize(NULL, self->room)))
        return NULL;
    char *place = PyBytes_AS_STRING(self->octets) + self->used;
    self->used += length;
    self->number++;
    return place;
}

static PyObject *add(Sheet *self, PyObject *line)
{
    if (!PyBytes_CheckExact(line))
        return PyErr_Format(PyExc_TypeError, "a line is bytes, not %.100s", Py_TYPE(line)->tp_name);
    char *place = place_on(self, PyBytes_GET_SIZE(line));
    if (!place)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_False);
    memcpy(place, PyBytes_AS_STRING(line), PyBytes_GET_SIZE(line));
    return Py_NewRef(Py_True);
}

static PyObject *take(Sheet *self, PyObject *Py_UNUSED(none))
{
    Py_ssize_t number = self->number, used = self->used;
    PyObject *octets = self->octets;
    self->octets = NULL;
    self->number = self->used = 0;
    if (!octets)
        return Py_BuildValue("(yn)", "", (Py_ssize_t)0);
    if (_PyBytes_Resize(&octets, used) < 0)
        return NULL;
    return Py_BuildValue("(Nn)", octets, number);
}

static void free_sheet(Sheet *self)
{
    Py_XDECREF(self->octets);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *new_sheet(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"most", "room", NULL};
    Py_ssize_t most, room;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "nn", names, &most, &room))
        return NULL;
    if (most < 1 || room < 1)
        return PyErr_Format(PyExc_ValueError, "a sheet has room for something");
    Sheet *self = (Sheet *)type->tp_alloc(type, 0);
    if (self) {
        self->most = most;
        self->room = room;
    }
    return (PyObject *)self;
}

static PyMethodDef methods_of_a_sheet[] = {
    {"add", (PyCFunction)add, METH_O, "Whether there was room for the line."},
    {"take", (PyCFunction)take, METH_NOARGS, "The lines, and how many they are; none are left."},
    {NULL, NULL, 0, NULL}};

static PyTypeObject sheet_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "georedirect.journal.pen.Sheet",
    .tp_doc = "Lines that wait, up to so many, and so many octets.",
    .tp_basicsize = sizeof(Sheet),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = new_sheet,
    .tp_dealloc = (destructor)free_sheet,
    .tp_methods = methods_of_a_sheet,
};

/* Pen: see jotting.py */

typedef struct {
    PyObject_HEAD
    Sheet *sheet;
    PyObject *requests;      /* a dict: what is told of a request, by its Host header */
    PyObject *referer;       /* bytes: the field that holds what is told of the page that refers, or nothing */
    PyObject *agent;         /* bytes: the field that holds what is told of the user agent, or nothing */
    PyObject *otherwise;     /* what is called with all that it was given for a line that it leaves; see `do_otherwise` */
    PyObject *moment;        /* bytes: the time, as it is told throughout `second` but for its milliseconds */
    long long second;        /* since 1970 */
    Py_ssize_t milliseconds; /* where they stand in `moment`; below 0 where they do not */
    Py_ssize_t unreferred;   /* how many octets at the end of what is told of an answer say that no page refers */
    Py_ssize_t most_of_target;
    int begins_with_client;
} Pen;

static void write_milliseconds(char *at, long milliseconds)
{
    at[0] = '0' + milliseconds / 100;
    at[1] = '0' + milliseconds / 10 % 10;
    at[2] = '0' + milliseconds % 10;
}

/* Whether the line is on the sheet; -1 with an error. */
static int write_line(const Pen *self, PyObject *const *parts, const Py_ssize_t *lengths, long milliseconds)
{
    Py_ssize_t length = 0;
    for (size_t part = 0; part < PARTS; part++)
        length += lengths[part];
    char *at = place_on(self->sheet, length);
    if (!at)
        return PyErr_Occurred() ? -1 : 0;
    for (size_t part = 0; part < PARTS; part++) {
        memcpy(at, PyBytes_AS_STRING(parts[part]), lengths[part]);
        if (parts[part] == self->moment && self->milliseconds >= 0)
            write_milliseconds(at + self->milliseconds, milliseconds);
        at += lengths[part];
    }
    return 1;
}

/* Put into `told` what is told of a name, borrowed, or NULL: whether that is known, or it is not there; -1 with an error. */
static int look_up(PyObject *names, PyObject *name, PyObject **told)
{
    *told = PyDict_GetItemWithError(names, name);
    if (*told && !PyBytes_CheckExact(*told))
        return PyErr_SetString(PyExc_TypeError, "what is told is bytes"), -1;
    if (!*told)
        return PyErr_Occurred() ? -1 : 1;
    return PyBytes_GET_SIZE(*told) > 0;
}

/* Whether the line is on the sheet; -1 with an error. The arguments are those of `jot`. */
static int jot_plain(const Pen *self, PyObject *const *args)
{
    PyObject *who = args[WHO], *target = args[TARGET], *told = args[TOLD], *fields = args[FIELDS];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != self->second)
        return 0;
    PyObject *agent, *referer, *request;
    int is_known = look_up(fields, self->agent, &agent);
    is_known = is_known == 1 ? look_up(fields, self->referer, &referer) : is_known;
    is_known = is_known == 1 ? look_up(self->requests, args[HOST], &request) : is_known;
    if (is_known != 1)
        return is_known;
    Py_ssize_t of_told = PyBytes_GET_SIZE(told) - (referer ? self->unreferred : 0);
    if (!agent || !request || of_told < 0)
        return 0;
    Py_ssize_t of_target = PyBytes_GET_SIZE(target);
    of_target = of_target > self->most_of_target ? self->most_of_target : of_target;
    PyObject *first = self->begins_with_client ? who : self->moment;
    PyObject *second = self->begins_with_client ? self->moment : who;
    PyObject *const parts[PARTS] = {first, second, request, target, told, referer ? referer : agent, agent};
    const Py_ssize_t lengths[PARTS] = {PyBytes_GET_SIZE(first), PyBytes_GET_SIZE(second), PyBytes_GET_SIZE(request),
                                       of_target, of_told, referer ? PyBytes_GET_SIZE(referer) : 0,
                                       PyBytes_GET_SIZE(agent)};
    return write_line(self, parts, lengths, now.tv_nsec / 1000000);
}

/* Leave the line to others, who tell what the time is throughout which second but for its milliseconds. */
static PyObject *do_otherwise(Pen *self, PyObject *const *args)
{
    PyObject *told = PyObject_Vectorcall(self->otherwise, args, GIVEN, NULL), *moment;
    long long second;
    if (told && !PyTuple_Check(told))
        PyErr_SetString(PyExc_TypeError, "a time is a tuple of bytes and a number");
    if (!told || PyErr_Occurred() || !PyArg_ParseTuple(told, "SL", &moment, &second))
        return Py_XDECREF(told), NULL;
    if (self->milliseconds >= 0 && self->milliseconds > PyBytes_GET_SIZE(moment) - 3) {
        PyErr_SetString(PyExc_ValueError, "no milliseconds stand there");
        return Py_DECREF(told), NULL;
    }
    Py_SETREF(self->moment, Py_NewRef(moment));
    self->second = second;
    Py_DECREF(told);
    Py_RETURN_NONE;
}

/* jot(who, host, target, told, head, fields): one line, by itself or by whoever does otherwise. */
static PyObject *jot(Pen *self, PyObject *const *args, Py_ssize_t number)
{
    if (number != GIVEN)
        return PyErr_Format(PyExc_TypeError, "a line is made of %d things, not %zd", GIVEN, number);
    for (Py_ssize_t at = 0; at < FIELDS; at++)
        if (!PyBytes_CheckExact(args[at]))
            return PyErr_Format(PyExc_TypeError, "a part is bytes, not %.100s", Py_TYPE(args[at])->tp_name);
    if (!PyDict_CheckExact(args[FIELDS]))
        return PyErr_Format(PyExc_TypeError, "fields are a dict, not %.100s", Py_TYPE(args[FIELDS])->tp_name);
    int is_written = jot_plain(self, args);
    if (is_written < 0)
        return NULL;
    return is_written ? Py_NewRef(Py_None) : do_otherwise(self, args);
}

static int visit(Pen *self, visitproc visit, void *arg)
{
    Py_VISIT(self->requests);
    Py_VISIT(self->otherwise);
    return 0;
}

static int clear(Pen *self)
{
    Py_CLEAR(self->requests);
    Py_CLEAR(self->otherwise);
    return 0;
}

static void free_pen(Pen *self)
{
    PyObject_GC_UnTrack(self);
    clear(self);
    Py_XDECREF(self->sheet);
    Py_XDECREF(self->referer);
    Py_XDECREF(self->agent);
    Py_XDECREF(self->moment);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *new_pen(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"sheet",        "requests",       "referer",            "agent",     "unreferred",
                            "milliseconds", "most_of_target", "begins_with_client", "otherwise", NULL};
    PyObject *sheet, *requests, *referer, *agent, *otherwise;
    Py_ssize_t unreferred, milliseconds, most;
    int begins;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!O!SSnnnpO", names, &sheet_type, &sheet, &PyDict_Type,
                                     &requests, &referer, &agent, &unreferred, &milliseconds, &most, &begins,
                                     &otherwise))
        return NULL;
    if (most < 0 || unreferred < 0)
        return PyErr_Format(PyExc_ValueError, "nothing is shorter than nothing");
    Pen *self = (Pen *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->sheet = (Sheet *)Py_NewRef(sheet);
    self->requests = Py_NewRef(requests);
    self->referer = Py_NewRef(referer);
    self->agent = Py_NewRef(agent);
    self->otherwise = Py_NewRef(otherwise);
    self->moment = PyBytes_FromStringAndSize("", 0);
    self->second = LLONG_MIN; /* never */
    self->unreferred = unreferred;
    self->milliseconds = milliseconds;
    self->most_of_target = most;
    self->begins_with_client = begins;
    if (!self->moment)
        return Py_DECREF(self), NULL;
    return (PyObject *)self;
}

static PyMethodDef methods_of_a_pen[] = {
    {"jot", (PyCFunction)(void (*)(void))jot, METH_FASTCALL, "Put a line on the sheet, or have it done otherwise."},
    {NULL, NULL, 0, NULL}};

static PyTypeObject pen_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "georedirect.journal.pen.Pen",
    .tp_doc = "Puts lines together on a sheet.",
    .tp_basicsize = sizeof(Pen),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = new_pen,
    .tp_dealloc = (destructor)free_pen,
    .tp_traverse = (traverseproc)visit,
    .tp_clear = (inquiry)clear,
    .tp_methods = methods_of_a_pen,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "pen", "Puts lines of the access log together.", -1, NULL,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_pen(void)
{
    PyObject *made = PyModule_Create(&module);
    if (!made || PyModule_AddType(made, &sheet_type) < 0 || PyModule_AddType(made, &pen_type) < 0) {
        Py_XDECREF(made);
        return NULL;
    }
    return made;
}
