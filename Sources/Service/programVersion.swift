/// The version of both programs, as the log and every request to Google name it.
package let programVersion = "0.2.0"
