// The bootstrap of a function whose program needs shared libraries: starts it with the loader and libraries that it was
// packaged with. A static program of its own, since there may be neither a shell nor Debian's loader where it runs.
#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

int main() {
  const char* given = std::getenv("LAMBDA_TASK_ROOT");
  const std::string root = given != nullptr ? given : "/var/task";
  const std::string libraries = root + "/lib";
  DIR* folder = opendir(libraries.c_str());
  if (folder == nullptr) {
    std::perror(libraries.c_str());
    return 1;
  }
  while (const dirent* entry = readdir(folder)) {
    if (std::strncmp(entry->d_name, "ld-", 3) != 0) continue;
    const std::string loader = libraries + "/" + entry->d_name;
    const std::string program = root + "/program";
    execl(loader.c_str(), loader.c_str(), "--library-path", libraries.c_str(), program.c_str(),
          static_cast<char*>(nullptr));
    std::perror(loader.c_str());
    return 1;
  }
  std::fprintf(stderr, "there is no loader in %s\n", libraries.c_str());
  return 1;
}
