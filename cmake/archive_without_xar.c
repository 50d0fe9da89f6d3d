/* libarchive's table of formats names the writer of XAR archives, which needs libxml2 and so ICU, 30 MB. Thimble reads and
 * writes zip archives only: these functions of libxml2 stand in for the library and fail, as its documentation says that
 * they may. */
#include <stddef.h>

#define FAILS(name)  \
  int name(void) {   \
    return -1;       \
  }
#define NOTHING(name) \
  void* name(void) {  \
    return NULL;      \
  }

NOTHING(xmlBufferCreate)
NOTHING(xmlNewTextWriterMemory)
FAILS(UTF8Toisolat1)
FAILS(xmlTextWriterEndDocument)
FAILS(xmlTextWriterEndElement)
FAILS(xmlTextWriterSetIndent)
FAILS(xmlTextWriterStartDocument)
FAILS(xmlTextWriterStartElement)
FAILS(xmlTextWriterWriteAttribute)
FAILS(xmlTextWriterWriteBase64)
FAILS(xmlTextWriterWriteFormatAttribute)
FAILS(xmlTextWriterWriteString)
void xmlBufferFree(void) {}
void xmlFreeTextWriter(void) {}
