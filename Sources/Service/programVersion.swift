/// The version of both programs, used in the log and in every request to Google.
package let programVersion = "0.2.0"
